package io.penstock.server.http.ts2021;

import java.util.concurrent.TimeUnit;

/**
 * Tells a flood of HTTP/2 frames from what a node needs, by the frames' headers as they pass. Frames that carry much are free,
 * since their bytes are the price; others cost one of an allowance that fills up with time, and what opens the other side's
 * window costs one of an allowance that fills up with what was sent. Pure; of one connection.
 */
final class FrameMeter {
    /** Frames at once. */
    static final int BURST = 300;

    /** Frames for each second after that. */
    static final int PER_SECOND = 30;

    /** A node opens its window for 4 KB and more at a time, twice: for the stream and for the connection. */
    static final int SENT_PER_UPDATE = 512;

    private static final int PREFACE_LENGTH = 24;
    private static final int HEADER_LENGTH = 9;
    private static final int TYPE_DATA = 0;
    private static final int TYPE_WINDOW_UPDATE = 8;
    private static final int MUCH = 256;
    private static final long NS_PER_FRAME = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

    private int toSkip = PREFACE_LENGTH;
    private int headerBytes; // of the frame that begins
    private int length;
    private int type;
    private long allowanceNs = BURST * NS_PER_FRAME;
    private long lastNs;
    private long updates = BURST;
    private long sent;

    FrameMeter(long nowNs) {
        lastNs = nowNs;
    }

    /** Bytes that were sent to the node. */
    void onSent(int bytes) {
        sent += bytes;
        updates = Math.min(updates + sent / SENT_PER_UPDATE, Integer.MAX_VALUE);
        sent %= SENT_PER_UPDATE;
    }

    /** Bytes that came; false if they are a flood, and then the connection is finished. */
    boolean onReceived(byte[] bytes, int offset, int count, long nowNs) {
        int at = offset;
        int end = offset + count;
        while (at < end) {
            if (toSkip > 0) {
                int skipped = Math.min(toSkip, end - at);
                toSkip -= skipped;
                at += skipped;
            } else if (onHeaderByte(bytes[at++] & 0xff) && !isAllowed(nowNs)) {
                return false;
            }
        }
        return true;
    }

    /** Whether that was the last byte of a header. */
    private boolean onHeaderByte(int value) {
        if (headerBytes < 3) {
            length = length << 8 | value;
        } else if (headerBytes == 3) {
            type = value;
        }
        headerBytes++;
        return headerBytes == HEADER_LENGTH;
    }

    private boolean isAllowed(long nowNs) {
        boolean isFree = type == TYPE_DATA && length >= MUCH;
        boolean isUpdate = type == TYPE_WINDOW_UPDATE;
        toSkip = length;
        length = 0;
        headerBytes = 0;
        if (isFree) {
            return true;
        }
        if (isUpdate) {
            return updates-- > 0;
        }
        allowanceNs = Math.min(allowanceNs + nowNs - lastNs, BURST * NS_PER_FRAME); // by subtraction: nanoTime may wrap
        lastNs = nowNs;
        allowanceNs -= NS_PER_FRAME;
        return allowanceNs >= 0;
    }
}
