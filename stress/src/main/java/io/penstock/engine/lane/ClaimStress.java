package io.penstock.engine.lane;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads claim the one batch of a slot. */
@JCStressTest
@Outcome(id = "0, -1", expect = Expect.ACCEPTABLE, desc = "The first got it.")
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "The second got it.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both got it, or neither.")
@State
public class ClaimStress {
    private static final int POSITION = 5;

    private final Piece slot = new Piece(0);

    /** Fills and publishes the slot. */
    public ClaimStress() {
        slot.fill(1, 1);
        slot.publish(POSITION);
    }

    /** A worker. */
    @Actor
    public void first(II_Result result) {
        result.r1 = slot.tryClaim(POSITION);
    }

    /** Another. */
    @Actor
    public void second(II_Result result) {
        result.r2 = slot.tryClaim(POSITION);
    }
}
