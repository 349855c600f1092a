package io.penstock.lab.demo.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.demo.mesh.View.Way;
import java.util.List;
import org.junit.jupiter.api.Test;

class TourTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final Expectation JOIN = new Expectation(Change.JOIN, '\0', SECOND_NS, 5 * SECOND_NS, Way.DIRECT);
    private static final Expectation CUT = new Expectation(Change.CUT_UDP, 'u', SECOND_NS, 5 * SECOND_NS, Way.RELAY);
    private static final Expectation KILL =
            new Expectation(Change.KILL_A, 'a', Expectation.SILENCE, 5 * SECOND_NS, null);

    @Test
    void pressesOneKeyAfterTheOther() {
        Tour tour = new Tour(List.of(JOIN, CUT));

        assertEquals('u', tour.onOutcome(outcome(Change.JOIN, 0, Way.DIRECT)));
        assertFalse(tour.hasEnded());
        assertEquals(0, tour.onOutcome(outcome(Change.CUT_UDP, 2 * SECOND_NS, Way.RELAY)));
        assertTrue(tour.hasEnded());
        assertEquals(
                List.of(true, false),
                tour.steps().stream().map(Tour.Step::isMet).toList());
    }

    @Test
    void isNotMetByOtherThanWasAskedFor() {
        assertTrue(CUT.isMetBy(outcome(Change.CUT_UDP, SECOND_NS, Way.RELAY)));
        assertFalse(CUT.isMetBy(outcome(Change.CUT_UDP, SECOND_NS + 1, Way.RELAY)), "gap");
        assertFalse(CUT.isMetBy(outcome(Change.CUT_UDP, 0, Way.DIRECT)), "way");
        assertFalse(CUT.isMetBy(new Outcome(Change.CUT_UDP, 0, 6 * SECOND_NS, true, view(Way.RELAY))), "late");
        assertFalse(CUT.isMetBy(new Outcome(Change.CUT_UDP, 0, SECOND_NS, false, view(Way.RELAY))), "never there");
    }

    @Test
    void silenceIsExpectedOfAGatewayThatIsGone() {
        assertTrue(KILL.isMetBy(outcome(Change.KILL_A, 5 * SECOND_NS, Way.NONE)));
        assertFalse(KILL.isMetBy(outcome(Change.KILL_A, 0, Way.DIRECT)));
    }

    @Test
    void takesNoOutcomeThatNobodyAskedFor() {
        assertThrows(IllegalStateException.class, () -> new Tour(List.of(JOIN))
                .onOutcome(outcome(Change.START_B, 0, Way.DIRECT)));
    }

    /** The script presses keys blindly: they have to do what it says. */
    @Test
    void theScriptsKeysMakeItsChanges() {
        MeshCore core = new MeshCore(0);
        for (Expectation expected : Expectation.TOUR.subList(1, Expectation.TOUR.size())) {
            assertTrue(core.onKey(expected.key(), 0));
            assertEquals(expected.change(), core.poll());
            core.onDone(expected.change());
        }
        for (Part part : Part.values()) {
            assertTrue(core.isRunning(part), part.text());
        }
        assertFalse(core.isCut());
    }

    private static Outcome outcome(Change change, long gapNs, Way way) {
        return new Outcome(change, gapNs, SECOND_NS, true, view(way));
    }

    private static View view(Way way) {
        return MeshCoreTest.view(way, true, 0);
    }
}
