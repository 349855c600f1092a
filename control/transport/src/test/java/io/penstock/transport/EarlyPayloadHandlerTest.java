package io.penstock.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.ChallengeKey;
import io.penstock.protocol.ts2021.EarlyPayload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EarlyPayloadHandlerTest {
    private static final String HTTP2 = "\0\0\0\4\0\0\0\0\0 and so on";

    private final List<Object> events = new ArrayList<>();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new EarlyPayloadHandler(), new ChannelInboundHandlerAdapter() {
                @Override
                public void userEventTriggered(ChannelHandlerContext context, Object event) {
                    events.add(event);
                }
            });

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 9, 1000})
    void payloadIsTakenFromTheFront(int pieces) {
        byte[] key = new byte[32];
        key[0] = 1;
        EarlyPayload payload = new EarlyPayload(ChallengeKey.of(key));
        feed(Unpooled.wrappedBuffer(payload.encode(), http2()), pieces);

        assertEquals(HTTP2, passedOn());
        assertEquals(List.of(payload), events);
        assertNull(channel.pipeline().get(EarlyPayloadHandler.class));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 9, 1000})
    void withoutAPayloadEverythingIsPassedOn(int pieces) {
        feed(Unpooled.wrappedBuffer(http2()), pieces);
        assertEquals(HTTP2, passedOn());
        assertEquals(List.of(), events);
        assertNull(channel.pipeline().get(EarlyPayloadHandler.class));
    }

    @Test
    void payloadThatIsNoneEndsTheConnection() {
        byte[] bad = {-1, -1, -1, 'T', 'S', 0, 0, 0, 1, 'x'};
        assertThrows(MalformedMessageException.class, () -> channel.writeInbound(Unpooled.wrappedBuffer(bad)));
        assertFalse(channel.isOpen());
    }

    private static byte[] http2() {
        return HTTP2.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void feed(ByteBuf bytes, int pieces) {
        while (bytes.isReadable()) {
            channel.writeInbound(bytes.readBytes(Math.min(bytes.readableBytes(), pieces)));
        }
        bytes.release();
    }

    private String passedOn() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
            text.append(piece.toString(StandardCharsets.ISO_8859_1));
            piece.release();
        }
        return text.toString();
    }
}
