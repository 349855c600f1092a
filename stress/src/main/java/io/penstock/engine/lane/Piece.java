package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;

/** A slot whose batches leave a plain mark when they are run, which whoever retires it must see. */
final class Piece extends Slot {
    /** One for each batch that was run. */
    final int[] marks = new int[4];

    /** What the lane wrote before it published the slot. */
    int payload;

    Piece(int index) {
        super(index);
    }

    /** Makes {@code batches} full batches. */
    void fill(int newPayload, int batches) {
        payload = newPayload;
        for (int i = 0; i < batches; i++) {
            AeadBatch batch = filling();
            batch.count = AeadBatch.CAPACITY;
        }
    }

    @Override
    void onBatch(int i) {
        marks[i] = 0;
    }

    @Override
    void run(int i, AeadEngine engine) {
        marks[i] += payload;
    }
}
