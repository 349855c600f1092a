package io.penstock.engine.lane;

import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * IP packets that wait for a keypair, in first-in first-out order per peer. Blocks of 2 KiB from one pool hold them, so
 * memory has a bound however many peers wait; the oldest packet of a peer gives way to a new one, as in the kernel
 * (drivers/net/wireguard/device.c, MAX_STAGED_PACKETS). Owned by one lane.
 */
final class StagedPackets {
    /** Most packets of one peer. */
    static final int PER_PEER = 128;

    static final int BLOCK_LENGTH = 2048;
    private static final int NONE = -1;

    private final UnsafeBuffer pool;
    private final int[] nextBlock; // of the same packet, or of the free list
    private final int[] nextPacket; // by first block
    private final int[] packetLength; // by first block
    private int freeBlock;
    private int freeBlocks;

    private int[] head = new int[0]; // by peer slot: first block of the oldest packet
    private int[] tail = new int[0];
    private int[] waiting = new int[0];

    /** @param pool a multiple of {@link #BLOCK_LENGTH} bytes */
    StagedPackets(UnsafeBuffer pool) {
        this.pool = pool;
        freeBlocks = pool.capacity() / BLOCK_LENGTH;
        nextBlock = new int[freeBlocks];
        nextPacket = new int[freeBlocks];
        packetLength = new int[freeBlocks];
        for (int block = 0; block < freeBlocks; block++) {
            nextBlock[block] = block + 1 < freeBlocks ? block + 1 : NONE;
        }
    }

    /** Packets that wait for the peer in {@code slot}. */
    int waiting(int slot) {
        return slot < waiting.length ? waiting[slot] : 0;
    }

    /** True when this peer's oldest packet has to go before another of {@code length} bytes may come. */
    boolean mustDropOldest(int slot, int length) {
        int packets = waiting(slot);
        return packets == PER_PEER || (packets > 0 && freeBlocks < blocks(length));
    }

    /** True when the pool has room for a packet of {@code length} bytes. */
    boolean hasRoom(int length) {
        return freeBlocks >= blocks(length);
    }

    /** Appends a copy of a packet; {@link #hasRoom} must hold. */
    void add(int slot, UnsafeBuffer source, int offset, int length) {
        ensureSlot(slot);
        int first = NONE;
        int last = NONE;
        for (int copied = 0; copied < length || first == NONE; copied += BLOCK_LENGTH) {
            int block = freeBlock;
            freeBlock = nextBlock[block];
            freeBlocks--;
            nextBlock[block] = NONE;
            if (first == NONE) {
                first = block;
            } else {
                nextBlock[last] = block;
            }
            last = block;
            pool.putBytes(block * BLOCK_LENGTH, source, offset + copied, Math.min(BLOCK_LENGTH, length - copied));
        }
        packetLength[first] = length;
        nextPacket[first] = NONE;
        if (waiting[slot]++ == 0) {
            head[slot] = first;
        } else {
            nextPacket[tail[slot]] = first;
        }
        tail[slot] = first;
    }

    /** Length of the oldest packet; there must be one. */
    int headLength(int slot) {
        return packetLength[head[slot]];
    }

    /** Copies the oldest packet out and removes it. */
    void take(int slot, UnsafeBuffer destination, int offset) {
        int first = head[slot];
        int length = packetLength[first];
        int copied = 0;
        for (int block = first; block != NONE; block = nextBlock[block]) {
            int slice = Math.min(BLOCK_LENGTH, length - copied);
            destination.putBytes(offset + copied, pool, block * BLOCK_LENGTH, slice);
            copied += slice;
        }
        dropOldest(slot);
    }

    /** Removes the oldest packet; there must be one. */
    void dropOldest(int slot) {
        int first = head[slot];
        head[slot] = nextPacket[first];
        waiting[slot]--;
        for (int block = first; block != NONE; ) {
            int next = nextBlock[block];
            nextBlock[block] = freeBlock;
            freeBlock = block;
            freeBlocks++;
            block = next;
        }
    }

    /** Removes all packets of a peer; returns how many there were. */
    int dropAll(int slot) {
        int dropped = waiting(slot);
        for (int i = 0; i < dropped; i++) {
            dropOldest(slot);
        }
        return dropped;
    }

    private void ensureSlot(int slot) {
        if (slot >= waiting.length) {
            int slots = Math.max(16, Integer.highestOneBit(slot) << 1);
            head = Arrays.copyOf(head, slots);
            tail = Arrays.copyOf(tail, slots);
            waiting = Arrays.copyOf(waiting, slots);
        }
    }

    private static int blocks(int length) {
        return Math.max(1, (length + BLOCK_LENGTH - 1) / BLOCK_LENGTH);
    }
}
