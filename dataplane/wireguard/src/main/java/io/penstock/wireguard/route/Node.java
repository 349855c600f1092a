package io.penstock.wireguard.route;

import io.penstock.wireguard.peer.Peer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A prefix in a {@link Trie}. Its key never changes; owner and children are single references that the control agent
 * stores with release and lanes load with acquire, so a lane that finds a node finds it complete. All other fields
 * belong to the control agent.
 */
final class Node {
    private static final VarHandle OWNER;
    private static final VarHandle ZERO;
    private static final VarHandle ONE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            OWNER = lookup.findVarHandle(Node.class, "owner", Peer.class);
            ZERO = lookup.findVarHandle(Node.class, "zero", Node.class);
            ONE = lookup.findVarHandle(Node.class, "one", Node.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final long high;
    final long low;
    final int length;
    final boolean v6;

    @SuppressWarnings("unused") // through OWNER
    private @Nullable Peer owner;

    @SuppressWarnings("unused") // through ZERO
    private @Nullable Node zero;

    @SuppressWarnings("unused") // through ONE
    private @Nullable Node one;

    @Nullable Node parent;

    AllowedIps.@Nullable Entries list;

    @Nullable Node before;

    @Nullable Node after;

    Node(long high, long low, int length, boolean v6) {
        this.high = high;
        this.low = low;
        this.length = length;
        this.v6 = v6;
    }

    @Nullable Peer owner() {
        return (Peer) OWNER.getAcquire(this);
    }

    void owner(@Nullable Peer peer) {
        OWNER.setRelease(this, peer);
    }

    @Nullable Node child(int bit) {
        return (Node) (bit == 0 ? ZERO : ONE).getAcquire(this);
    }

    void child(int bit, @Nullable Node child) {
        (bit == 0 ? ZERO : ONE).setRelease(this, child);
    }

    /** How many leading bits this key shares with the other, at most 128. */
    int common(long otherHigh, long otherLow) {
        long difference = high ^ otherHigh;
        return difference != 0 ? Long.numberOfLeadingZeros(difference) : 64 + Long.numberOfLeadingZeros(low ^ otherLow);
    }

    /** The bit of a key by which this node's children differ. Only for nodes that are not of full length. */
    int branch(long otherHigh, long otherLow) {
        return (int) (length < 64 ? otherHigh >>> (63 - length) : otherLow >>> (127 - length)) & 1;
    }
}
