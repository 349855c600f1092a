package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.SendBatch;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** About a superpacket's worth of transport messages, back to back in an area of its own, to be sealed and sent. */
final class OutboundSlot extends Slot {
    /** Room for what is below the flush length plus the longest message. */
    static final int AREA_LENGTH = 2 * 65_536;

    final SendBatch sending;
    private final SendBatch relaying; // what goes through relays instead
    private boolean relayingIsFull; // here, since it is asked for every packet
    private final int start;
    private final @Nullable Peer[] messagePeer = new @Nullable Peer[SendBatch.CAPACITY];
    int end;

    /** @param start of the area in {@code slab} */
    OutboundSlot(int index, UnsafeBuffer slab, int start) {
        super(index);
        this.start = start;
        end = start;
        sending = new SendBatch(slab);
        relaying = new SendBatch(slab);
    }

    /** Bytes of the messages so far. */
    int length() {
        return end - start;
    }

    boolean hasRoom(int messageLength) {
        return length() + messageLength <= AREA_LENGTH && !sending.isFull() && !relayingIsFull;
    }

    /** The last message to be sent is the peer's. */
    void lastIsOf(Peer peer) {
        messagePeer[sending.count() - 1] = peer;
    }

    /** Adds a message that goes through a relay, as {@link SendBatch#add(Endpoint, int, int, int)} does. */
    void relay(Endpoint relay, int offset, int length) {
        relaying.add(relay, 0, offset, length);
        relayingIsFull = relaying.isFull();
    }

    /** What goes through relays. */
    SendBatch relaying() {
        return relaying;
    }

    /** Whose the message {@code i} to be sent is. */
    Peer peer(int i) {
        Peer peer = messagePeer[i];
        if (peer == null) {
            throw new IndexOutOfBoundsException(i);
        }
        return peer;
    }

    @Override
    void onBatch(int i) {
        // the messages lie in the area, and nothing else goes with them
    }

    @Override
    void run(int i, AeadEngine engine) {
        engine.seal(batch(i));
    }

    /** Forgets the messages; the batches are their ring's. */
    void clear() {
        for (int i = 0; i < sending.count(); i++) {
            messagePeer[i] = null;
        }
        sending.clear();
        relaying.clear();
        relayingIsFull = false;
        end = start;
    }
}
