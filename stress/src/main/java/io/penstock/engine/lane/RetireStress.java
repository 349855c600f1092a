package io.penstock.engine.lane;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LII_Result;

/**
 * Two threads run and retire three slots of two batches. Whoever fails to take the flag relies on its holder to look again:
 * a slot that is finished and not retired would stay for ever.
 */
@JCStressTest
@Outcome(
        id = "123, 0, 0",
        expect = Expect.ACCEPTABLE,
        desc = "All retired in order, with all marks seen, one at a time.")
@Outcome(expect = Expect.FORBIDDEN, desc = "One was left, overtaken, doubled, or retired before its marks were seen.")
@State
public class RetireStress {
    private final SlotRing<Piece> ring = new SlotRing<>(
            new Piece[] {new Piece(0), new Piece(1), new Piece(2), new Piece(3)}, this::retire, Workers.NONE);
    private final StringBuilder order = new StringBuilder(); // of whoever holds the ring's flag
    private int wrong;
    private int inside;
    private int together;

    /** Publishes the slots. */
    public RetireStress() {
        for (int payload = 1; payload <= 3; payload++) {
            Piece slot = ring.take(Idle.FIRST);
            slot.fill(payload, 2);
            ring.publish(slot);
        }
    }

    private void retire(Piece slot, Hands by) {
        if (inside++ != 0) {
            together++;
        }
        order.append(slot.payload);
        if (slot.marks[0] != slot.payload || slot.marks[1] != slot.payload) {
            wrong++;
        }
        inside--;
    }

    /** The lane. */
    @Actor
    public void first() {
        ring.workOff(Idle.FIRST);
    }

    /** A worker. */
    @Actor
    public void second() {
        ring.workOff(Idle.SECOND);
    }

    /** After both. */
    @Arbiter
    public void look(LII_Result result) {
        result.r1 = order.toString();
        result.r2 = wrong;
        result.r3 = together;
    }
}
