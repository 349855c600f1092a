package io.penstock.node.path.core;

/** Whether there are packets to and from a peer, as its tunnel tells once a second. Owned by {@link PeerPath}. */
final class Traffic {
    /** A path is looked after for so long after the last packet. */
    static final long SESSION_NS = 45_000_000_000L;

    /** We send for so long after the tunnel has told so. */
    static final long BUSY_NS = 2_500_000_000L;

    private boolean isActive;
    private long lastNs;
    private boolean hasSent; // in this time of activity
    private long sentNs;
    private boolean hasReceived; // in the last second that was told of

    /** Whether the path is to be looked after. */
    boolean isActive() {
        return isActive;
    }

    /** Whether packets would be lost if the path in use did not work. */
    boolean isBusy(long nowNs) {
        return isActive && hasSent && nowNs - sentNs < BUSY_NS;
    }

    /**
     * Packets were sent to it, or came from it, in the last second.
     *
     * @return whether the path is to be asked at once: there was none of that before, or there are no answers any more
     */
    boolean on(boolean sent, boolean received, long nowNs) {
        boolean wasActive = isActive;
        boolean wasBusy = isBusy(nowNs);
        boolean isAnswerMissing = sent && !received && hasReceived;
        isActive = true;
        lastNs = nowNs;
        hasReceived = received;
        if (sent) {
            hasSent = true;
            sentNs = nowNs;
        }
        return !wasActive || (sent && !wasBusy) || isAnswerMissing;
    }

    /** Ends the time of activity if the last packet was long ago, and says whether it has ended. */
    boolean isOver(long nowNs) {
        if (isActive && nowNs - lastNs < SESSION_NS) {
            return false;
        }
        isActive = false;
        hasSent = false;
        hasReceived = false;
        return true;
    }
}
