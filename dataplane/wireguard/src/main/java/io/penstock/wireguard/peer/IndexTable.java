package io.penstock.wireguard.peer;

import io.penstock.wireguard.Entropy;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The indices by which peers address our handshakes and keypairs. Whitepaper section 5.4.2.
 *
 * <p>Direct mapped: an index is random, drawn such that its low bits name a free slot, so a lane finds a keypair with one
 * load and one compare. The control agent alone writes. The table doubles when half full and never shrinks.
 */
public final class IndexTable {
    private static final int MIN_CAPACITY = 256;
    private static final int MAX_DRAWS = 64; // half of the slots are free: more draws mean a poor source of randomness

    private volatile AtomicReferenceArray<@Nullable Keypair> keypairs = new AtomicReferenceArray<>(MIN_CAPACITY);
    private int[] indices = new int[MIN_CAPACITY];
    private @Nullable Peer[] owners = new @Nullable Peer[MIN_CAPACITY];
    private int size;

    /** The keypair with this index, or null. Any thread. */
    public @Nullable Keypair find(int localIndex) {
        AtomicReferenceArray<@Nullable Keypair> table = keypairs;
        Keypair keypair = table.getAcquire(localIndex & table.length() - 1);
        return keypair != null && keypair.localIndex() == localIndex ? keypair : null;
    }

    /** The peer of a handshake or keypair with this index, or null. Control agent only. */
    public @Nullable Peer owner(int localIndex) {
        int slot = localIndex & owners.length - 1;
        return indices[slot] == localIndex ? owners[slot] : null;
    }

    /** Draws an index for a handshake with the peer. Control agent only. */
    public int reserve(Peer peer, Entropy entropy) {
        if (2 * size >= owners.length) {
            grow();
        }
        int mask = owners.length - 1;
        int index = entropy.nextInt();
        for (int draws = 1; owners[index & mask] != null && draws < MAX_DRAWS; draws++) {
            index = entropy.nextInt();
        }
        while (owners[index & mask] != null) {
            index = (index & ~mask) | (index + 1 & mask);
        }
        indices[index & mask] = index;
        owners[index & mask] = peer;
        size++;
        return index;
    }

    /** Turns the entry of a handshake into that of the keypair it made. Control agent only. */
    public void publish(Keypair keypair) {
        if (owner(keypair.localIndex()) != keypair.peer()) {
            throw new IllegalStateException("the index belongs to another peer or to nobody");
        }
        AtomicReferenceArray<@Nullable Keypair> table = keypairs;
        table.setRelease(keypair.localIndex() & table.length() - 1, keypair);
    }

    /** Forgets an index; its slot may be drawn again. Control agent only. */
    public void release(int localIndex) {
        if (owner(localIndex) == null) {
            throw new IllegalStateException("the index is not in use");
        }
        int slot = localIndex & owners.length - 1;
        keypairs.setRelease(slot, null);
        owners[slot] = null;
        size--;
    }

    /** Indices in use. Control agent only. */
    public int size() {
        return size;
    }

    /** With one more low bit every entry has a slot of its own again: old slot, or old slot + old capacity. */
    private void grow() {
        int[] oldIndices = indices;
        @Nullable Peer[] oldOwners = owners;
        AtomicReferenceArray<@Nullable Keypair> oldKeypairs = keypairs;
        int capacity = 2 * oldOwners.length;
        indices = Arrays.copyOf(oldIndices, capacity);
        owners = new @Nullable Peer[capacity];
        AtomicReferenceArray<@Nullable Keypair> grown = new AtomicReferenceArray<>(capacity);
        for (int slot = 0; slot < oldOwners.length; slot++) {
            if (oldOwners[slot] == null) {
                continue;
            }
            int target = oldIndices[slot] & capacity - 1;
            indices[target] = oldIndices[slot];
            owners[target] = oldOwners[slot];
            grown.setPlain(target, oldKeypairs.getPlain(slot));
        }
        keypairs = grown; // volatile: readers find it filled
    }
}
