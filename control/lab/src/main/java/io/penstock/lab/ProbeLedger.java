package io.penstock.lab;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the books of numbered probes: round trips, loss, and outages (no answer for a while). Pure. Thread-safe by its monitor,
 * for probes leave and come back on different threads.
 */
public final class ProbeLedger {
    /** A probe without an answer is lost after this time; a later answer does not count. */
    public static final long LOST_AFTER_NS = 1_000_000_000L;

    /** Silence that is called an outage, unless told otherwise; longer than any queue on the way. */
    public static final long OUTAGE_NS = 250_000_000L;

    private static final int PROBES = 1 << 12; // more than are sent within LOST_AFTER_NS
    private static final int ROUND_TRIPS = 3_000;

    /**
     * No probe was answered for a while, and now one was.
     *
     * @param sinceNs when the first probe without an answer was sent
     * @param durationNs from then to the answer that ended it
     * @param probes how many had none
     */
    public record Outage(long sinceNs, long durationNs, long probes) {}

    private final long outageNs;

    private final long[] sentNs = new long[PROBES];
    private final boolean[] isAnswered = new boolean[PROBES];
    private final long[] roundTripsNs = new long[ROUND_TRIPS];
    private final long[] recentNs = new long[PROBES]; // since the last call of takeMedianNs
    private final LatencyHistogram all = new LatencyHistogram();
    private final Queue<Outage> ended = new ArrayDeque<>();
    private int recentCount;
    private long roundTripCount;
    private long sent;
    private long settled; // probes below are answered or lost
    private long lost;
    private long newestAnswered = -1;
    private long answeredNs; // when its answer came
    private boolean isOut;
    private long outSinceNs;

    public ProbeLedger() {
        this(OUTAGE_NS);
    }

    /** Books in which a silence longer than {@code outageNs} is an outage. */
    public ProbeLedger(long outageNs) {
        this.outageNs = outageNs;
    }

    /** A probe leaves; returns its number. */
    public synchronized long onSent(long nowNs) {
        settle(nowNs);
        int slot = (int) (sent % PROBES);
        sentNs[slot] = nowNs;
        isAnswered[slot] = false;
        return sent++;
    }

    /** An answer came; one that is late, double or made up is ignored. */
    public synchronized void onAnswer(long number, long nowNs) {
        settle(nowNs);
        if (number < settled || number >= sent || isAnswered[(int) (number % PROBES)]) {
            return;
        }
        isAnswered[(int) (number % PROBES)] = true;
        long roundTripNs = nowNs - sentNs[(int) (number % PROBES)];
        roundTripsNs[(int) (roundTripCount++ % ROUND_TRIPS)] = roundTripNs;
        all.record(roundTripNs);
        if (recentCount < recentNs.length) {
            recentNs[recentCount++] = roundTripNs;
        }
        if (number > newestAnswered) {
            if (isOut) {
                ended.add(new Outage(outSinceNs, nowNs - outSinceNs, number - newestAnswered - 1));
                isOut = false;
            }
            newestAnswered = number;
            answeredNs = nowNs;
        }
    }

    /** Takes note of the time. */
    public synchronized void onTime(long nowNs) {
        settle(nowNs);
    }

    private void settle(long nowNs) {
        while (settled < sent) {
            int slot = (int) (settled % PROBES);
            if (!isAnswered[slot] && nowNs - sentNs[slot] <= LOST_AFTER_NS) {
                break;
            }
            lost += isAnswered[slot] ? 0 : 1;
            settled++;
        }
        long silent = newestAnswered + 1;
        if (!isOut && silent < sent && sent - silent < PROBES) {
            long sinceNs = sentNs[(int) (silent % PROBES)];
            // Answers to old probes come one by one when a gateway lets go of what it has held back: that is no
            // silence.
            if (nowNs - sinceNs > outageNs && (newestAnswered < 0 || nowNs - answeredNs > outageNs)) {
                isOut = true;
                outSinceNs = sinceNs;
            }
        }
    }

    /** The next outage that has ended, null if none has. */
    public synchronized @Nullable Outage poll() {
        return ended.poll();
    }

    /** How long there has been no answer, 0 unless that is an outage. */
    public synchronized long silentNs(long nowNs) {
        settle(nowNs);
        return isOut ? nowNs - outSinceNs : 0;
    }

    public synchronized long sent() {
        return sent;
    }

    public synchronized long lost() {
        return lost;
    }

    /** All round trips. */
    public Latency summary() {
        return all.summary();
    }

    /** Median of the round trips since the last call, 0 without any. */
    public synchronized long takeMedianNs() {
        Arrays.sort(recentNs, 0, recentCount);
        long median = recentCount == 0 ? 0 : recentNs[recentCount / 2];
        recentCount = 0;
        return median;
    }

    /** The newest round trips, sorted: those of half a minute at a hundred a second. A copy. */
    public synchronized long[] sortedNs() {
        long[] sorted = Arrays.copyOf(roundTripsNs, (int) Math.min(roundTripCount, ROUND_TRIPS));
        Arrays.sort(sorted);
        return sorted;
    }
}
