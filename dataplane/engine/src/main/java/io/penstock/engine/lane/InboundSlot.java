package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.wireguard.peer.Keypair;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What one receive brought, in an area of its own, to be opened in place and delivered. */
final class InboundSlot extends Slot {
    /** What goes with the packets of a batch. */
    static final class Origin {
        final @Nullable Keypair[] keypair = new @Nullable Keypair[AeadBatch.CAPACITY];
        final int[] plaintext = new int[AeadBatch.CAPACITY]; // offset in the slab
        final int[] message = new int[AeadBatch.CAPACITY]; // index in the receive batch
        long authentic; // a bit for each packet, of whoever opened them
    }

    final ReceiveBatch received;
    long receivedNs;
    private @Nullable Origin[] origins = new @Nullable Origin[1];

    InboundSlot(int index, ReceiveBatch received) {
        super(index);
        this.received = received;
    }

    /** What goes with batch {@code i}. */
    Origin origin(int i) {
        Origin origin = origins[i];
        if (origin == null) {
            throw new IndexOutOfBoundsException(i);
        }
        return origin;
    }

    @Override
    void onBatch(int i) {
        if (i == origins.length) {
            origins = Arrays.copyOf(origins, 2 * origins.length);
        }
        if (origins[i] == null) {
            origins[i] = new Origin();
        }
    }

    @Override
    void run(int i, AeadEngine engine) {
        origin(i).authentic = engine.open(batch(i));
    }
}
