package io.penstock.node.relay.core;

import io.penstock.node.core.Backoff;
import io.penstock.node.core.Deadline;
import io.penstock.wireguard.Entropy;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Whether there is a connection to a relay of one region: always while it is home, else while there is something to be said, and
 * again after each end of it. Pure; owned by the region's link.
 */
public final class RegionState {
    /** For everything until the relay has let us in. */
    public static final long CONNECT_NS = 10_000_000_000L;

    /** For which nothing may come before the relay is asked whether it is there, while there are packets. */
    public static final long SILENCE_NS = 1_000_000_000L;

    /** The same while there are none: a relay serves thousands who are silent. */
    public static final long QUIET_SILENCE_NS = 20_000_000_000L;

    /** There are packets for so long after the last one. */
    public static final long BUSY_NS = 30_000_000_000L;

    /** Without packets, where we are not at home. */
    public static final long IDLE_NS = 60_000_000_000L;

    /** For the answer to a ping that asks whether a connection is still one. */
    public static final long PONG_NS = 1_500_000_000L;

    /** The same if the ping waits behind packets that go out slowly, but do. */
    public static final long SLOW_PONG_NS = 10_000_000_000L;

    /** A relay that is back by then was not down. */
    public static final long GRACE_NS = 1_000_000_000L;

    /** Nor is one that said that it would be away, by then after it wanted to be back. */
    public static final long RESTART_GRACE_NS = 4_000_000_000L;

    /** The longest absence that is believed. */
    public static final long MAX_PAUSE_NS = 120_000_000_000L;

    /** However long a relay was away. */
    public static final long MAX_BACKOFF_NS = 5_000_000_000L;

    private enum Phase {
        IDLE,
        WAITING,
        DIALING,
        UP
    }

    private final Queue<RegionAction> actions = new ArrayDeque<>(); // a few for each input
    private final Backoff backoff;
    private final Deadline retry = new Deadline();
    private final Deadline step = new Deadline(); // of the attempt
    private final Deadline idle = new Deadline();
    private final Deadline pong = new Deadline();
    private final Deadline down = new Deadline();
    private final Deadline pause = new Deadline(); // a relay that goes has said when it is back
    private Phase phase = Phase.IDLE;
    private boolean isHome;
    private boolean isWanted;
    private boolean wasTold; // up or down
    private boolean wasToldUp;

    // Of the connection; plain stores, so that a packet costs no more: deadlines are looked at again when they are due.
    private long heardNs;
    private long packetNs;
    private boolean isAnnounced; // that it is away
    private boolean isBusy; // there was a packet lately
    private long pingedNs;

    public RegionState(Entropy entropy) {
        backoff = new Backoff(entropy, MAX_BACKOFF_NS);
    }

    public @Nullable RegionAction poll() {
        return actions.poll();
    }

    public boolean isUp() {
        return phase == Phase.UP;
    }

    public boolean isHome() {
        return isHome;
    }

    /** It is home from here on, or not. */
    public void setHome(boolean home, long nowNs) {
        if (home == isHome) {
            return;
        }
        isHome = home;
        if (phase == Phase.UP) {
            actions.add(RegionAction.NOTE_PREFERRED);
        }
        if (home) {
            idle.clear();
            want(nowNs);
        } else {
            idle.set(nowNs + IDLE_NS);
        }
    }

    /** There is something to be said. */
    public void want(long nowNs) {
        isWanted = true;
        if (phase == Phase.IDLE) {
            retryOrWait(nowNs);
        } else if (phase == Phase.UP) {
            packetNs = nowNs;
        }
    }

    private void retryOrWait(long nowNs) {
        if (retry.isSet() && !retry.take(nowNs)) {
            phase = Phase.WAITING;
            return;
        }
        phase = Phase.DIALING;
        step.set(nowNs + CONNECT_NS);
        actions.add(RegionAction.DIAL);
    }

    /** The relay has let us in. */
    public void onConnected(long nowNs) {
        if (phase != Phase.DIALING) {
            return; // given up meanwhile
        }
        phase = Phase.UP;
        step.clear();
        pause.clear();
        down.clear();
        heardNs = nowNs;
        packetNs = nowNs;
        isBusy = false;
        isAnnounced = false;
        if (isHome) {
            actions.add(RegionAction.NOTE_PREFERRED);
        } else {
            idle.set(nowNs + IDLE_NS);
        }
        tell(true);
    }

    private void tell(boolean isUp) {
        if (!wasTold || wasToldUp != isUp) {
            wasTold = true;
            wasToldUp = isUp;
            actions.add(isUp ? RegionAction.TELL_UP : RegionAction.TELL_DOWN);
        }
    }

    /**
     * Something came; a packet keeps the connection where we are not at home.
     *
     * @return whether {@link #leftNs} may have become less
     */
    public boolean onFrame(boolean isPacket, long nowNs) {
        if (phase != Phase.UP) {
            return false;
        }
        backoff.reset(); // not at its welcome: a relay that lets in and closes is not to be hammered
        heardNs = nowNs;
        boolean isSooner = pong.isSet(); // the next ping may be due before the answer to the last one was
        pong.clear();
        return (isPacket && onPacket(nowNs)) || isSooner;
    }

    /**
     * A packet comes or goes.
     *
     * @return whether {@link #leftNs} may have become less
     */
    public boolean onPacket(long nowNs) {
        boolean wasBusy = isBusy;
        isBusy = true;
        packetNs = nowNs;
        return !wasBusy;
    }

    /** Something that waited to go out went; a ping behind it may take longer. */
    public void onProgress(long nowNs) {
        if (pong.isSet() && nowNs - pingedNs < SLOW_PONG_NS) {
            pong.set(nowNs + PONG_NS);
        }
    }

    /** The relay goes, and says when it is back. */
    public void onRestarting(long reconnectInNs, long nowNs) {
        pause.set(nowNs + backoff.jitteredNs(Math.clamp(reconnectInNs, 0, MAX_PAUSE_NS)));
        backoff.reset();
    }

    /** The connection has ended, or there was none. */
    public void onLost(long nowNs) {
        onLost(GRACE_NS, nowNs);
    }

    private void onLost(long graceNs, long nowNs) {
        boolean wasUp = phase == Phase.UP;
        if (!wasUp && phase != Phase.DIALING) {
            return;
        }
        step.clear();
        idle.clear();
        pong.clear();
        long waitNs = backoff.nextNs();
        long leastDownNs = graceNs;
        if (pause.isSet()) {
            waitNs = Math.max(waitNs, pause.leftNs(nowNs));
            leastDownNs = waitNs + RESTART_GRACE_NS;
            isAnnounced = true;
            pause.clear();
        }
        retry.set(nowNs + waitNs);
        if (wasUp) {
            down.set(nowNs + leastDownNs);
            isWanted = false;
        } else if (!isAnnounced || !down.isSet()) {
            down.clear();
            tell(false); // none of its nodes lets us in
        }
        phase = isHome || isWanted ? Phase.WAITING : Phase.IDLE;
    }

    /** Nothing waits any more for a connection where we are not at home. */
    public void onNothingWaits() {
        isWanted = false;
    }

    /**
     * Another network: connections may be dead, and waits are over.
     *
     * @param isCut whether the connection's own address is gone, so that nothing can come any more
     */
    public void onLinkChanged(boolean isCut, long nowNs) {
        backoff.reset();
        switch (phase) {
            case IDLE -> retry.clear();
            case WAITING -> {
                retry.clear();
                retryOrWait(nowNs);
            }
            case DIALING -> {
                actions.add(RegionAction.CLOSE);
                retryOrWait(nowNs);
            }
            case UP -> {
                if (!isCut) {
                    ping(nowNs);
                    return;
                }
                actions.add(RegionAction.CLOSE);
                onLost(nowNs);
                backoff.reset();
                retry.clear();
                if (phase == Phase.WAITING) {
                    retryOrWait(nowNs);
                }
            }
        }
    }

    private void ping(long nowNs) {
        pingedNs = nowNs;
        pong.set(nowNs + PONG_NS);
        actions.add(RegionAction.PING);
    }

    /** When the relay is asked whether it is there, if nothing comes until then. */
    private long leftUntilPingNs(long nowNs) {
        return Math.max(0, heardNs + (isBusy ? SILENCE_NS : QUIET_SILENCE_NS) - nowNs);
    }

    /** It is not to be used any more. */
    public void stop() {
        if (phase == Phase.UP || phase == Phase.DIALING) {
            actions.add(RegionAction.CLOSE);
        }
        phase = Phase.IDLE;
        isHome = false;
        isWanted = false;
        retry.clear();
        step.clear();
        idle.clear();
        pong.clear();
        down.clear();
    }

    public void onTime(long nowNs) {
        if (step.take(nowNs)) {
            actions.add(RegionAction.GIVE_UP);
            onLost(nowNs);
        }
        if (pong.take(nowNs)) {
            actions.add(RegionAction.GIVE_UP);
            onLost(0, nowNs); // it has had its time
        }
        if (phase == Phase.UP) {
            onTimeUp(nowNs);
        }
        if (down.take(nowNs) && phase != Phase.UP) {
            tell(false);
        }
        if (phase == Phase.WAITING && retry.isDue(nowNs)) {
            retryOrWait(nowNs);
        }
    }

    private void onTimeUp(long nowNs) {
        if (isBusy && nowNs - packetNs >= BUSY_NS) {
            isBusy = false;
        }
        if (idle.take(nowNs) && !isHome) {
            long leftNs = packetNs + IDLE_NS - nowNs;
            if (leftNs > 0) {
                idle.set(nowNs + leftNs);
            } else {
                actions.add(RegionAction.CLOSE);
                phase = Phase.IDLE;
                isWanted = false;
                pong.clear();
                return;
            }
        }
        if (!pong.isSet() && leftUntilPingNs(nowNs) == 0) {
            ping(nowNs);
        }
    }

    public long leftNs(long nowNs) {
        long leftNs = Math.min(step.leftNs(nowNs), down.leftNs(nowNs));
        leftNs = Math.min(leftNs, Math.min(idle.leftNs(nowNs), pong.leftNs(nowNs)));
        if (phase == Phase.UP && !pong.isSet()) {
            leftNs = Math.min(leftNs, leftUntilPingNs(nowNs));
        }
        return phase == Phase.WAITING ? Math.min(leftNs, retry.leftNs(nowNs)) : leftNs;
    }
}
