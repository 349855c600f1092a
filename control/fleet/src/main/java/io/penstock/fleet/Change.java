package io.penstock.fleet;

import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One member's change on its way to those who see it. Thread-safe. */
final class Change {
    private final int group;
    private final int viewers;
    private final long startNs;
    private final BitSet reached = new BitSet(); // by member, guarded by this
    private final long[] latenciesNs; // guarded by this, in the order of arrival
    private final CountDownLatch whole;

    /**
     * Begins.
     *
     * @param viewers members of the same group without the one that changes
     */
    Change(int group, int viewers, long startNs) {
        this.group = group;
        this.viewers = viewers;
        this.startNs = startNs;
        latenciesNs = new long[viewers];
        whole = new CountDownLatch(viewers);
    }

    /** It has reached a member. Again counts for nothing; a member that must not see it is a fault of the coordinator. */
    void onReached(int member, int memberGroup, long nowNs) {
        if (memberGroup != group) {
            throw new IllegalStateException("a change of group " + group + " was told to group " + memberGroup);
        }
        synchronized (this) {
            if (reached.get(member) || reached.cardinality() == viewers) {
                return;
            }
            latenciesNs[reached.cardinality()] = nowNs - startNs;
            reached.set(member);
        }
        whole.countDown();
    }

    /** Whether it has reached all within that time. */
    boolean await(long timeoutNs) throws InterruptedException {
        return whole.await(timeoutNs, TimeUnit.NANOSECONDS);
    }

    /** Nanoseconds after which it reached each of those whom it has reached. */
    synchronized long[] latenciesNs() {
        return java.util.Arrays.copyOf(latenciesNs, reached.cardinality());
    }

    int viewers() {
        return viewers;
    }
}
