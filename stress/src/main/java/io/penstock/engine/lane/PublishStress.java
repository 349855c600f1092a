package io.penstock.engine.lane;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A worker claims a batch just when the lane publishes it: it has to see what the lane has put there. */
@JCStressTest
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "It looked too early.")
@Outcome(id = "0, 7", expect = Expect.ACCEPTABLE, desc = "It claimed the batch and ran it with the lane's payload.")
@Outcome(expect = Expect.FORBIDDEN, desc = "It ran something else.")
@State
public class PublishStress {
    private static final int POSITION = 5;
    private static final int PAYLOAD = 7;

    private final Piece slot = new Piece(0);

    /** The lane. */
    @Actor
    public void publish() {
        slot.fill(PAYLOAD, 1);
        slot.publish(POSITION);
    }

    /** A worker. */
    @Actor
    public void claim(II_Result result) {
        result.r1 = slot.tryClaim(POSITION);
        if (result.r1 == 0) {
            slot.run(0, Idle.SECOND.aead());
            result.r2 = slot.marks[0];
        }
    }
}
