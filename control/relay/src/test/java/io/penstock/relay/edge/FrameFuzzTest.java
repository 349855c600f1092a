package io.penstock.relay.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.RelayCounters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The relay's reader, which leaves frames where they are, finds in any bytes, cut anywhere, the same as the decoder that copies
 * each, and gives all memory back.
 */
class FrameFuzzTest {
    private static final String TOO_BAD = "ends";

    @Test
    void findsWhatTheDecoderFinds() throws Exception {
        long executions = Corpus.read("frames.corpus").run(FrameFuzzTest::compare, 2);
        System.out.println("frames: " + executions + " executions");
        assertTrue(executions > 100, "it ran");
    }

    private static void compare(byte[] input, Random random) {
        assertEquals(byDecoder(input.clone()), byReader(input, random, 0));
    }

    /** A reader that forgets a byte of what it has put together, as a mistake in there might. */
    @Test
    void findsAPlantedFault() throws Exception {
        Corpus corpus = Corpus.read("frames.corpus");
        assertThrows(
                AssertionError.class,
                () -> corpus.run(
                        (input, random) -> assertEquals(byDecoder(input.clone()), byReader(input, random, 1)), 20));
    }

    private static List<String> byDecoder(byte[] input) {
        FrameDecoder decoder = new FrameDecoder(FrameDecoder.Side.RELAY);
        ByteBuffer in = ByteBuffer.wrap(input);
        List<String> found = new ArrayList<>();
        try {
            for (Frame frame = decoder.decode(in); frame != null; frame = decoder.decode(in)) {
                found.add(frame.toString());
            }
        } catch (MalformedMessageException e) {
            found.add(TOO_BAD);
        }
        return found;
    }

    private static List<String> byReader(byte[] input, Random random, int forgotten) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        FrameReader reader = new FrameReader(FrameDecoder.Side.RELAY, allocator, new RelayCounters());
        List<String> found = new ArrayList<>();
        FrameReader.Sink sink = new FrameReader.Sink() {
            @Override
            public boolean onFrame(ByteBuf in, int start, int type, int length) throws RelayClosed {
                byte[] payload = new byte[length];
                in.getBytes(start + Frame.HEADER_LENGTH, payload);
                boolean isPutTogether = start == 0 && in.capacity() >= 2048;
                int given = isPutTogether ? Math.max(0, length - forgotten) : length;
                try {
                    found.add(FrameType.read(
                                    type, ByteBuffer.wrap(payload, 0, given).slice())
                            .toString());
                } catch (MalformedMessageException e) {
                    throw new RelayClosed(CloseReason.FRAME_MALFORMED);
                }
                return true;
            }

            @Override
            public void onBufferEnd() {}
        };
        try {
            for (int at = 0; at < input.length; ) {
                int length = Math.min(input.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 3000));
                ByteBuf piece = Unpooled.wrappedBuffer(Arrays.copyOfRange(input, at, at + length));
                assertTrue(reader.read(piece, sink));
                at += length;
            }
        } catch (RelayClosed e) {
            found.add(TOO_BAD);
        } finally {
            reader.release();
        }
        assertEquals(0, allocator.metric().usedHeapMemory(), "all memory is given back");
        return found;
    }
}
