package io.penstock.fleet;

import io.penstock.node.coordination.core.MapNews;
import io.penstock.node.coordination.core.MapReader;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Reads a member's map stream for marks. The first message, which is the whole map, is counted and thrown away; of the others
 * one at a time is kept, while it arrives.
 */
final class MarkReader implements MapReader {
    private static final int HEADER_LENGTH = 4;
    private static final byte[] NOTHING = {};

    private final FrameScanner scanner;
    private final LongConsumer marks;
    private final FleetTraffic traffic;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private byte[] frame = NOTHING;
    private int taken;
    private boolean first = true;

    MarkReader(FrameScanner scanner, LongConsumer marks, FleetTraffic traffic) {
        this.scanner = scanner;
        this.marks = marks;
        this.traffic = traffic;
    }

    @Override
    public void read(ByteBuffer in, Instant now, Consumer<MapNews> news) throws MalformedMessageException {
        traffic.add(in.remaining());
        while (in.hasRemaining()) {
            if (header.hasRemaining()) {
                header.put(in.get());
                continue;
            }
            int length = header.getInt(0);
            if (length < 0 || length > MapFrameDecoder.MAX_FRAME_BYTES) {
                throw new MalformedMessageException("a frame of " + Integer.toUnsignedString(length) + " bytes");
            }
            take(in, Math.min(length - taken, in.remaining()), length);
            if (taken == length) {
                finish(length, news);
            }
        }
    }

    private void take(ByteBuffer in, int count, int length) {
        if (first) {
            in.position(in.position() + count);
        } else {
            if (taken + count > frame.length) {
                frame = Arrays.copyOf(frame, Math.min(length, Math.max(2 * frame.length, taken + count)));
            }
            in.get(frame, taken, count);
        }
        taken += count;
    }

    private void finish(int length, Consumer<MapNews> news) throws MalformedMessageException {
        traffic.addFrame(first);
        if (first) {
            first = false;
            news.accept(new MapNews.Begun());
            marks.accept(BEGUN);
        } else {
            scanner.scan(frame, length, marks);
        }
        frame = NOTHING;
        taken = 0;
        header.clear();
    }

    /** Told in place of a mark when the first map is there. */
    static final long BEGUN = -1;

    @Override
    public void close() {
        frame = NOTHING;
    }
}
