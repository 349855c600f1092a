package io.penstock.lab.demo.mesh;

import io.penstock.lab.demo.mesh.View.Way;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a change must lead to. The bounds leave room for a machine that is busy with other things; what it takes on a quiet one is
 * what the outcome says.
 *
 * @param key that makes the change; 0 for the one that comes by itself
 * @param gapNs the longest gap that is allowed; {@link #SILENCE} where there has to be one
 * @param withinNs in which it has to be there
 * @param way of the traffic at the end; null where none is asked for
 */
public record Expectation(
        Change change,
        char key,
        long gapNs,
        long withinNs,
        @Nullable Way way) {
    /** Instead of a bound: nothing may get through. */
    public static final long SILENCE = -1;

    private static final long SECOND_NS = 1_000_000_000L;

    /** Every key once down and once up. */
    public static final List<Expectation> TOUR = List.of(
            new Expectation(Change.JOIN, '\0', 10 * SECOND_NS, 30 * SECOND_NS, Way.DIRECT),
            new Expectation(Change.CUT_UDP, 'u', 20 * SECOND_NS, 30 * SECOND_NS, Way.RELAY),
            new Expectation(Change.RESTORE_UDP, 'u', 5 * SECOND_NS, 45 * SECOND_NS, Way.DIRECT),
            new Expectation(Change.KILL_COORDINATOR, 'c', 2 * SECOND_NS, 10 * SECOND_NS, Way.DIRECT),
            new Expectation(Change.KILL_A, 'a', SILENCE, 10 * SECOND_NS, null),
            new Expectation(Change.START_A, 'a', 30 * SECOND_NS, 30 * SECOND_NS, null),
            new Expectation(Change.START_COORDINATOR, 'c', 2 * SECOND_NS, 50 * SECOND_NS, null),
            new Expectation(Change.KILL_B, 'b', SILENCE, 10 * SECOND_NS, null),
            new Expectation(Change.START_B, 'b', 30 * SECOND_NS, 30 * SECOND_NS, null));

    /** For people. */
    public String text() {
        if (gapNs == SILENCE) {
            return "nothing gets through within " + withinNs / SECOND_NS + " s";
        }
        return "gap below " + gapNs / SECOND_NS + " s"
                + (way == null ? "" : way == Way.RELAY ? ", by the relay" : ", direct") + " within "
                + withinNs / SECOND_NS + " s";
    }

    /** Whether an outcome of this change is as expected. */
    public boolean isMetBy(Outcome outcome) {
        if (!outcome.isReached() || outcome.lastedNs() > withinNs) {
            return false;
        }
        if (gapNs == SILENCE) {
            return outcome.gapNs() > 0;
        }
        return outcome.gapNs() <= gapNs && (way == null || outcome.view().way().equals(Optional.of(way)));
    }
}
