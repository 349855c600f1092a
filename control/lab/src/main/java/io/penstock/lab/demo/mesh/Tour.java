package io.penstock.lab.demo.mesh;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Presses the keys itself, one after the other, and compares what came of each with what was expected. Owned by one thread. */
public final class Tour {
    private final Iterator<Expectation> script;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable Expectation next;

    /** One change that was made, and what came of it. */
    public record Step(Expectation expected, Outcome seen, boolean isMet) {}

    /** @param script begins with the change that comes by itself */
    public Tour(List<Expectation> script) {
        this.script = List.copyOf(script).iterator();
        next = this.script.next();
    }

    /**
     * What came of the last change.
     *
     * @return the key to press next, 0 at the end
     */
    public char onOutcome(Outcome outcome) {
        Expectation expected = next;
        if (expected == null || expected.change() != outcome.change()) {
            throw new IllegalStateException("nobody has asked for " + outcome.change());
        }
        steps.add(new Step(expected, outcome, expected.isMetBy(outcome)));
        next = script.hasNext() ? script.next() : null;
        return next == null ? '\0' : next.key();
    }

    public boolean hasEnded() {
        return next == null;
    }

    /** What was done so far. */
    public List<Step> steps() {
        return List.copyOf(steps);
    }
}
