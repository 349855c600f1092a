package io.penstock.lab.speed;

import java.util.Arrays;

/**
 * Counts the datagrams of one stream as they arrive: how many, twice, out of order, and how unevenly. Pure; safe to read from
 * another thread. Loss is the sender's count minus {@link #unique()}.
 */
final class UdpReceipt {
    /** A copy that is older than this many datagrams counts as late, not as a duplicate. */
    static final int WINDOW = 8192;

    private final long[] seen = new long[WINDOW / Long.SIZE];
    private long highest = -1;
    private long unique;
    private long bytes;
    private long reordered;
    private long duplicates;
    private long firstNs;
    private long lastNs;
    private long lastTransitNs;
    private double jitterNs;

    synchronized void onDatagram(long sequence, long sentNs, long nowNs, int lengthBytes) {
        if (sequence < 0) {
            return; // forged: a sender starts at 0 and lives an hour
        }
        if (sequence > highest) {
            forgetUpTo(sequence);
            highest = sequence;
        } else if (highest - sequence < WINDOW && isSeen(sequence)) {
            duplicates++;
            return;
        } else {
            reordered++;
        }
        if (highest - sequence < WINDOW) {
            seen[word(sequence)] |= 1L << sequence;
        }
        addTransit(nowNs - sentNs, nowNs);
        unique++;
        bytes += lengthBytes;
        lastNs = nowNs;
    }

    synchronized long unique() {
        return unique;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized StreamResult result() {
        return new StreamResult(bytes, lastNs - firstNs, unique, reordered, duplicates, Math.round(jitterNs));
    }

    private void addTransit(long transitNs, long nowNs) {
        if (unique == 0) {
            firstNs = nowNs;
        } else {
            jitterNs += (Math.abs((double) (transitNs - lastTransitNs)) - jitterNs) / 16;
        }
        lastTransitNs = transitNs;
    }

    private void forgetUpTo(long sequence) {
        if (sequence - highest >= WINDOW) {
            Arrays.fill(seen, 0);
            return;
        }
        for (long s = highest + 1; s <= sequence; s++) {
            seen[word(s)] &= ~(1L << s);
        }
    }

    private boolean isSeen(long sequence) {
        return (seen[word(sequence)] & 1L << sequence) != 0;
    }

    private static int word(long sequence) {
        return (int) (sequence % WINDOW) / Long.SIZE;
    }
}
