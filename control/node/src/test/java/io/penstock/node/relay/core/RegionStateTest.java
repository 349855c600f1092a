package io.penstock.node.relay.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In virtual time. */
class RegionStateTest {
    private static final long SECOND = 1_000_000_000L;

    private final RegionState state = new RegionState(new Seeded(1));
    private long nowNs = -3 * SECOND; // passes zero

    private List<RegionAction> actions() {
        List<RegionAction> all = new ArrayList<>();
        for (RegionAction action = state.poll(); action != null; action = state.poll()) {
            all.add(action);
        }
        return all;
    }

    private void run(long forNs) {
        long endNs = nowNs + forNs;
        while (state.leftNs(nowNs) <= endNs - nowNs) {
            nowNs += state.leftNs(nowNs);
            state.onTime(nowNs);
        }
        nowNs = endNs;
    }

    private void connect() {
        state.setHome(true, nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
        state.onConnected(nowNs);
        assertEquals(List.of(RegionAction.NOTE_PREFERRED, RegionAction.TELL_UP), actions());
    }

    @Test
    void doesNothingUnasked() {
        assertEquals(Long.MAX_VALUE, state.leftNs(nowNs));
        assertNull(state.poll());
    }

    /** Answers every ping for so long, and says how many there were. */
    private int runAnswering(long forNs) {
        long endNs = nowNs + forNs;
        int pings = 0;
        while (state.leftNs(nowNs) <= endNs - nowNs) {
            nowNs += state.leftNs(nowNs);
            state.onTime(nowNs);
            for (RegionAction action : actions()) {
                assertEquals(RegionAction.PING, action);
                pings++;
                state.onFrame(false, nowNs);
            }
        }
        nowNs = endNs;
        return pings;
    }

    @Test
    void endsAConnectionThatIsNotHomeAfterAMinuteWithoutPackets() {
        state.want(nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
        state.onConnected(nowNs);
        assertEquals(List.of(RegionAction.TELL_UP), actions());
        runAnswering(50 * SECOND);
        state.onFrame(true, nowNs);
        runAnswering(50 * SECOND);
        state.onFrame(false, nowNs);
        assertTrue(state.isUp());
        run(11 * SECOND);
        assertEquals(List.of(RegionAction.CLOSE), actions());
        run(1000 * SECOND);
        assertEquals(List.of(), actions());
        state.want(nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
    }

    @Test
    void endsASilentConnectionWithinThreeSecondsWhileThereArePackets() {
        connect();
        state.onPacket(nowNs);
        run(RegionState.SILENCE_NS - 1);
        assertEquals(List.of(), actions());
        run(1);
        assertEquals(List.of(RegionAction.PING), actions());
        run(RegionState.PONG_NS);
        assertEquals(List.of(RegionAction.GIVE_UP, RegionAction.TELL_DOWN), actions());
        run(SECOND);
        assertEquals(List.of(RegionAction.DIAL), actions());
        assertTrue(RegionState.SILENCE_NS + RegionState.PONG_NS < 3 * SECOND);
    }

    @Test
    void asksRarelyWhileThereAreNoPackets() {
        connect();
        assertEquals(30, runAnswering(600 * SECOND), "one in 20 s");
        state.onPacket(nowNs);
        int busy = runAnswering(60 * SECOND);
        assertTrue(busy >= 30 && busy <= 33, () -> busy + " pings, one in a second for half a minute");
    }

    @Test
    void asksNobodyWhoSpeaks() {
        connect();
        for (int i = 0; i < 1000; i++) {
            state.onPacket(nowNs);
            run(SECOND / 2);
            state.onFrame(true, nowNs);
        }
        assertEquals(List.of(), actions());
    }

    @Test
    void waitsForAPingThatIsBehindPacketsWhichGoOutSlowly() {
        connect();
        state.onPacket(nowNs);
        run(SECOND);
        assertEquals(List.of(RegionAction.PING), actions());
        for (int i = 0; i < 9; i++) {
            run(SECOND);
            state.onProgress(nowNs);
        }
        assertEquals(List.of(), actions());
        run(SECOND);
        state.onProgress(nowNs); // for ten seconds already
        run(RegionState.PONG_NS - SECOND);
        assertEquals(List.of(RegionAction.GIVE_UP, RegionAction.TELL_DOWN), actions());
    }

    @Test
    void saysThatARelayIsDownAsSoonAsItRefuses() {
        connect();
        state.onLost(nowNs);
        run(SECOND / 5);
        assertEquals(List.of(RegionAction.DIAL), actions());
        state.onLost(nowNs);
        assertEquals(List.of(RegionAction.TELL_DOWN), actions());
    }

    @Test
    void doesNotCallARelayDownThatSaidWhenItIsBack() {
        connect();
        state.onRestarting(SECOND, nowNs);
        state.onLost(nowNs);
        run(2 * SECOND);
        assertEquals(List.of(RegionAction.DIAL), actions());
        state.onLost(nowNs);
        run(2 * SECOND);
        assertFalse(actions().contains(RegionAction.TELL_DOWN));
        state.onConnected(nowNs);
        assertFalse(actions().contains(RegionAction.TELL_UP), "nobody was told that it was down");
    }

    @Test
    void triesForEverWithWaitsUpToFiveSeconds() {
        state.setHome(true, nowNs);
        long longestNs = 0;
        for (int i = 0; i < 100; i++) {
            state.onLost(nowNs);
            long leftNs = state.leftNs(nowNs);
            longestNs = Math.max(longestNs, leftNs);
            run(leftNs);
        }
        assertTrue(longestNs > 2 * SECOND && longestNs <= RegionState.MAX_BACKOFF_NS, () -> "waits");
        List<RegionAction> all = actions();
        assertEquals(
                101, all.stream().filter(action -> action == RegionAction.DIAL).count());
        assertEquals(
                1,
                all.stream().filter(action -> action == RegionAction.TELL_DOWN).count());
    }

    @Test
    void givesUpAnAttemptThatTakesTooLong() {
        state.setHome(true, nowNs);
        actions();
        run(RegionState.CONNECT_NS + SECOND);
        assertEquals(List.of(RegionAction.GIVE_UP, RegionAction.TELL_DOWN, RegionAction.DIAL), actions());
    }

    @Test
    void comesBackWhenARelaySaidItWould() {
        connect();
        state.onRestarting(3 * SECOND, nowNs);
        state.onLost(nowNs);
        run(3 * SECOND - 1);
        assertEquals(List.of(), actions());
        run(2 * SECOND);
        assertTrue(actions().contains(RegionAction.DIAL));
    }

    @Test
    void asksWhetherAConnectionOutlivedAChangeOfTheNetwork() {
        connect();
        state.onLinkChanged(false, nowNs);
        assertEquals(List.of(RegionAction.PING), actions());
        state.onFrame(false, nowNs);
        run(10 * SECOND);
        assertEquals(List.of(), actions());
        state.onLinkChanged(false, nowNs);
        run(RegionState.PONG_NS + SECOND);
        assertEquals(
                List.of(RegionAction.PING, RegionAction.GIVE_UP, RegionAction.TELL_DOWN, RegionAction.DIAL), actions());
    }

    @Test
    void asksNothingOfAConnectionWhoseOwnAddressIsGone() {
        connect();
        state.onLinkChanged(true, nowNs);
        assertEquals(List.of(RegionAction.CLOSE, RegionAction.DIAL), actions());
        run(RegionState.GRACE_NS / 2);
        state.onConnected(nowNs);
        assertEquals(List.of(RegionAction.NOTE_PREFERRED), actions(), "nobody was told that it was down");
        assertEquals(0, runAnswering(RegionState.QUIET_SILENCE_NS - SECOND));
    }

    @Test
    void makesNoConnectionAnewThatNobodyWants() {
        connect();
        state.setHome(false, nowNs);
        actions();
        state.onLinkChanged(true, nowNs);
        assertEquals(List.of(RegionAction.CLOSE), actions());
        state.want(nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
    }

    @Test
    void doesNotWaitAnyMoreInAnotherNetwork() {
        state.setHome(true, nowNs);
        for (int i = 0; i < 10; i++) {
            state.onLost(nowNs);
            run(state.leftNs(nowNs));
        }
        state.onLost(nowNs);
        actions();
        state.onLinkChanged(false, nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
    }

    @Test
    void leavesAFormerHomeAfterAMinute() {
        connect();
        state.setHome(false, nowNs);
        assertEquals(List.of(RegionAction.NOTE_PREFERRED), actions());
        assertEquals(2, runAnswering(59 * SECOND));
        run(2 * SECOND);
        assertEquals(List.of(RegionAction.CLOSE), actions());
    }
}
