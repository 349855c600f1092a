package io.penstock.fleet;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.penstock.protocol.json.MalformedMessageException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Unpacks map messages of all members of one event loop, and looks for marked endpoints in them: addresses of the network for
 * benchmarks, {@code 198.18.0.0/15} (RFC 2544). The rest of the JSON is not parsed, so that a fleet costs little beside what it
 * measures. Holds native memory until it is closed; on one thread.
 */
final class FrameScanner implements AutoCloseable {
    private static final int MAX_JSON_BYTES = 128 << 20;
    private static final byte[] MARK = "\"198.18.".getBytes(StandardCharsets.US_ASCII);

    private final ZstdDecompressCtx context = new ZstdDecompressCtx();
    private byte[] json = new byte[64 << 10];

    /**
     * Tells each mark in a message, as often as it is there.
     *
     * @throws MalformedMessageException if the frame is no zstd data
     */
    void scan(byte[] frame, int length, LongConsumer marks) throws MalformedMessageException {
        int end = unpack(frame, length);
        for (int i = 0; i + MARK.length < end; i++) {
            if (json[i] == MARK[0] && Arrays.equals(json, i, i + MARK.length, MARK, 0, MARK.length)) {
                i += MARK.length;
                long mark = 0;
                for (; i < end && json[i] != '"'; i++) {
                    mark = json[i] >= '0' && json[i] <= '9' ? mark * 10 + json[i] - '0' : mark * 1000;
                }
                marks.accept(mark);
            }
        }
    }

    /** The endpoint of a mark, which counts changes; different for a million of them. */
    static String endpoint(int number) {
        return "198.18." + (number >> 8 & 0xff) + "." + (number & 0xff) + ":" + (10_000 + (number >> 16 & 0xf));
    }

    /** What {@link #scan} tells of that endpoint. */
    static long mark(int number) {
        String text = endpoint(number).substring(MARK.length - 1);
        long mark = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            mark = c >= '0' && c <= '9' ? mark * 10 + c - '0' : mark * 1000;
        }
        return mark;
    }

    private int unpack(byte[] frame, int length) throws MalformedMessageException {
        while (true) {
            try {
                return context.decompressByteArray(json, 0, json.length, frame, 0, length);
            } catch (ZstdException e) {
                if (e.getErrorCode() != Zstd.errDstSizeTooSmall() || json.length >= MAX_JSON_BYTES) {
                    throw new MalformedMessageException("a map frame that is no zstd data, or too long");
                }
                json = new byte[2 * json.length];
            }
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
