package io.penstock.lab.demo.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.demo.mesh.View.Node;
import io.penstock.lab.demo.mesh.View.Way;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeshCoreTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long TICK_NS = 50_000_000L;
    private static final View DIRECT = view(Way.DIRECT, true, 0);

    private final MeshCore core = new MeshCore(0);
    private long nowNs;

    @Test
    void watchesTheJoinUntilItHasHeld() {
        see(view(Way.RELAY, true, 0), SECOND_NS);
        assertNull(core.pollOutcome());

        core.onGap(300_000_000L);
        see(DIRECT, 2 * SECOND_NS);
        Outcome outcome = core.pollOutcome();
        assertNotNull(outcome);
        assertTrue(outcome.isReached());
        assertEquals("joined: gap of 0.30 s, direct after 1.00 s", outcome.text());
    }

    @Test
    void whatIsHeldUpForAMomentGoesOn() {
        joined();
        press('u');
        see(view(Way.RELAY, true, 200_000_000L), SECOND_NS / 2);
        see(view(Way.RELAY, true, 0), SECOND_NS);

        assertEquals("UDP between the sites cut: gap of 0.20 s, by the relay after 0.00 s", text());
    }

    @Test
    void aThingThatDoesNotStayIsNotThere() {
        see(DIRECT, SECOND_NS);
        see(view(Way.DIRECT, false, 0), SECOND_NS);
        see(DIRECT, SECOND_NS);
        assertNull(core.pollOutcome());
    }

    @ParameterizedTest
    @CsvSource({
        "c, KILL_COORDINATOR, START_COORDINATOR",
        "a, KILL_A, START_A",
        "b, KILL_B, START_B",
        "u, CUT_UDP, RESTORE_UDP",
        "U, CUT_UDP, RESTORE_UDP"
    })
    void aKeyTakesApartAndPutsTogether(char key, Change first, Change second) {
        for (Change expected : new Change[] {first, second, first}) {
            assertTrue(core.onKey(key, nowNs));
            assertEquals(expected, core.poll());
            core.onDone(expected);
        }
    }

    @Test
    void doesOneThingAtATime() {
        core.onKey('c', nowNs);
        core.onKey('a', nowNs);
        core.onKey('u', nowNs);

        assertEquals(Change.KILL_COORDINATOR, core.poll());
        assertNull(core.poll());
        assertTrue(core.isRunning(Part.COORDINATOR), "not before it is done");
        core.onDone(Change.KILL_COORDINATOR);
        assertFalse(core.isRunning(Part.COORDINATOR));
        assertTrue(core.isRunning(Part.GATEWAY_A));
        assertFalse(core.isCut());
    }

    @Test
    void otherKeysMeanNothing() {
        assertFalse(core.onKey('x', nowNs));
        assertFalse(core.onKey(-1, nowNs));
        assertNull(core.poll());
    }

    @Test
    void measuresTheGapFromTheKillToTheAnswer() {
        joined();
        press('a');
        see(view(Way.NONE, false, 1_200_000_000L), TICK_NS);
        assertEquals("gateway A killed: nothing gets through, 1.20 s so far", text());

        press('a');
        see(view(Way.NONE, false, 2 * SECOND_NS), TICK_NS);
        core.onGap(4 * SECOND_NS);
        see(DIRECT, 2 * SECOND_NS);
        assertEquals("gateway A started: gap of 4.00 s, direct after 0.05 s", text());
        assertEquals(4 * SECOND_NS, core.longestGapNs());
    }

    @Test
    void aGapBeforeTheChangeIsNotItsOwn() {
        joined();
        assertFalse(core.onGap(9 * SECOND_NS), "nobody takes note of it");
        press('u');
        see(view(Way.RELAY, true, 0), 2 * SECOND_NS);

        assertEquals("UDP between the sites cut: no gap, by the relay after 0.00 s", text());
    }

    @Test
    void anEffectIsWaitedForOnlyOnceTheChangeIsMade() {
        joined();
        press('c');
        see(DIRECT, 4 * SECOND_NS);
        assertEquals("coordinator killed: no gap, traffic goes on", text());

        core.onKey('c', nowNs);
        see(DIRECT, 4 * SECOND_NS); // what the gateways say of one that is not there yet is old
        assertNull(core.pollOutcome());
        core.onDone(Change.START_COORDINATOR);
        see(DIRECT, 2 * SECOND_NS);
        assertEquals("coordinator started: no gap", text());
    }

    @Test
    void givesUpAfterAMinute() {
        joined();
        press('u');
        see(view(Way.DIRECT, true, 0), 61 * SECOND_NS);

        Outcome outcome = core.pollOutcome();
        assertNotNull(outcome);
        assertFalse(outcome.isReached());
        assertEquals("UDP between the sites cut: no gap, direct still after 60.00 s", outcome.text());
    }

    @Test
    void anotherKeyEndsTheWatchWithWhatWasSeen() {
        joined();
        press('u');
        core.onGap(500_000_000L);
        press('u');

        Outcome outcome = core.pollOutcome();
        assertNotNull(outcome);
        assertEquals(Change.CUT_UDP, outcome.change());
        assertFalse(outcome.isReached());
        assertEquals(500_000_000L, outcome.gapNs());
    }

    @Test
    void aChangeThatFailsLeavesThingsAsTheyAre() {
        joined();
        core.onKey('b', nowNs);
        core.poll();
        core.onFailed(nowNs);

        assertTrue(core.isRunning(Part.GATEWAY_B));
        assertFalse(core.isBusy());
        assertNotNull(core.pollOutcome());
        core.onKey('b', nowNs);
        assertEquals(Change.KILL_B, core.poll());
    }

    private void joined() {
        see(DIRECT, 2 * SECOND_NS);
        assertNotNull(core.pollOutcome());
    }

    private void press(char key) {
        core.onKey(key, nowNs);
        Change change = core.poll();
        assertNotNull(change);
        core.onDone(change);
    }

    private void see(View view, long forNs) {
        for (long endNs = nowNs + forNs; nowNs < endNs; nowNs += TICK_NS) {
            core.onView(view, nowNs);
        }
    }

    private String text() {
        Outcome outcome = core.pollOutcome();
        return outcome == null ? "nothing" : outcome.text();
    }

    static View view(Way way, boolean isConnected, long silentNs) {
        Node node = new Node(true, isConnected, way);
        return new View(node, node, silentNs, true);
    }
}
