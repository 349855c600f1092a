package io.penstock.server.http.ts2021;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** HTTP/2 by hand, which keeps no rule that the test does not keep; it never acknowledges settings. */
final class RawHttp2 {
    /** POST https /, by the fixed table of HPACK. */
    static final byte[] POST_ROOT = {(byte) 0x83, (byte) 0x84, (byte) 0x87};

    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int END_HEADERS = 4;

    private final Map<Integer, Long> resets = new ConcurrentHashMap<>();
    private final ByteBuf received = Unpooled.buffer(); // on the event loop

    void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                ByteBuf plaintext = (ByteBuf) message;
                received.writeBytes(plaintext);
                plaintext.release();
                readFrames();
            }
        });
    }

    private void readFrames() {
        while (received.readableBytes() >= 9
                && received.readableBytes() >= 9 + received.getUnsignedMedium(received.readerIndex())) {
            int length = received.readUnsignedMedium();
            int type = received.readByte();
            received.skipBytes(1);
            int stream = received.readInt();
            if (type == RST_STREAM) {
                resets.put(stream, received.getUnsignedInt(received.readerIndex()));
            }
            received.skipBytes(length);
        }
    }

    /** The preface, and settings with nothing in them. */
    void begin(Channel channel) throws InterruptedException {
        ByteBuf bytes = Unpooled.copiedBuffer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", StandardCharsets.US_ASCII);
        channel.writeAndFlush(
                        Unpooled.wrappedBuffer(bytes, Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0})))
                .sync();
    }

    /** Begins a request and does not end it. */
    void headers(Channel channel, int stream, byte[] block) throws InterruptedException {
        headers(channel, stream, END_HEADERS, block);
    }

    /** Begins the headers of a request and does not end them. */
    void openHeaders(Channel channel, int stream) throws InterruptedException {
        headers(channel, stream, 0, POST_ROOT);
    }

    private static void headers(Channel channel, int stream, int flags, byte[] block) throws InterruptedException {
        ByteBuf frame = Unpooled.buffer(9 + block.length)
                .writeMedium(block.length)
                .writeByte(HEADERS)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(block);
        channel.writeAndFlush(frame).sync();
    }

    /** The error by which a stream is reset. */
    long resetOf(int stream) throws InterruptedException {
        EdgeFixture.await(() -> resets.containsKey(stream));
        return resets.getOrDefault(stream, -1L);
    }
}
