package io.penstock.node.relay.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

    @Test
    void endsAConnectionThatIsNotHomeAfterAMinuteWithoutPackets() {
        state.want(nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
        state.onConnected(nowNs);
        assertEquals(List.of(RegionAction.TELL_UP), actions());
        run(50 * SECOND);
        state.onFrame(true, nowNs);
        run(50 * SECOND);
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
    void endsASilentConnectionAndMakesAnother() {
        connect();
        run(RegionState.SILENCE_NS - 1);
        assertEquals(List.of(), actions());
        run(2 * SECOND);
        assertEquals(List.of(RegionAction.CLOSE, RegionAction.DIAL), actions());
        run(4 * SECOND);
        assertEquals(List.of(RegionAction.TELL_DOWN), actions());
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
        assertEquals(List.of(RegionAction.CLOSE, RegionAction.TELL_DOWN, RegionAction.DIAL), actions());
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
        state.onLinkChanged(nowNs);
        assertEquals(List.of(RegionAction.PING), actions());
        state.onFrame(false, nowNs);
        run(10 * SECOND);
        assertEquals(List.of(), actions());
        state.onLinkChanged(nowNs);
        run(RegionState.PONG_NS + SECOND);
        assertEquals(List.of(RegionAction.PING, RegionAction.CLOSE, RegionAction.DIAL), actions());
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
        state.onLinkChanged(nowNs);
        assertEquals(List.of(RegionAction.DIAL), actions());
    }

    @Test
    void leavesAFormerHomeAfterAMinute() {
        connect();
        state.setHome(false, nowNs);
        assertEquals(List.of(RegionAction.NOTE_PREFERRED), actions());
        run(61 * SECOND);
        assertEquals(List.of(RegionAction.CLOSE), actions());
    }
}
