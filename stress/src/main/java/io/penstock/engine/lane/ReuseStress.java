package io.penstock.engine.lane;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The lane runs a slot, takes it again, fills and publishes it with more batches, and runs those, while a worker looks for
 * something to claim: of either life, but never of a slot that is being filled.
 */
@JCStressTest
@Outcome(
        id = "2, 0",
        expect = Expect.ACCEPTABLE,
        desc = "Both lives were retired, each batch run once with its life's payload.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A life was lost, doubled, or mixed with the other.")
@State
public class ReuseStress {
    private final SlotRing<Piece> ring = new SlotRing<>(new Piece[] {new Piece(0)}, this::retire, Workers.NONE);
    private int retired; // of whoever holds the ring's flag
    private int wrong;

    /** Publishes the first life. */
    public ReuseStress() {
        publish(1, 1);
    }

    private void publish(int payload, int batches) {
        Piece slot = ring.take(Idle.FIRST);
        slot.fill(payload, batches);
        ring.publish(slot);
    }

    private void retire(Piece slot, Hands by) {
        retired++;
        for (int i = 0; i < slot.batchCount(); i++) {
            if (slot.marks[i] != slot.payload) {
                wrong++;
            }
        }
    }

    /** The lane. */
    @Actor
    public void lane() {
        ring.workOff(Idle.FIRST);
        publish(2, 3); // waits for the worker, if that has the first life
        ring.workOff(Idle.FIRST);
    }

    /** A worker. */
    @Actor
    public void worker() {
        for (int i = 0; i < 4; i++) {
            ring.work(Idle.SECOND);
        }
    }

    /** After both. */
    @Arbiter
    public void look(II_Result result) {
        result.r1 = retired;
        result.r2 = wrong;
    }
}
