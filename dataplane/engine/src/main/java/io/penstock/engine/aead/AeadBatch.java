package io.penstock.engine.aead;

/**
 * Up to {@link #CAPACITY} packets for one call of an engine, as a structure of arrays. All addresses are off-heap. Owned by the
 * lane or worker that fills it; an engine only reads it.
 */
public final class AeadBatch {
    /** Packets in a batch at most; also the bits in the result of {@link AeadEngine#open}. */
    public static final int CAPACITY = 64;

    /** Packets in the batch; the first {@code count} entries of each array are valid. */
    public int count;

    /** Addresses of the 32-byte keys; packets of several keys may be mixed, equal ones in a row are cheaper. */
    public final long[] key = new long[CAPACITY];

    /** Addresses to read from. */
    public final long[] source = new long[CAPACITY];

    /** Addresses to write to; the same as the source, or not overlapping it. */
    public final long[] destination = new long[CAPACITY];

    /** Nonces: 4 zero bytes and this number in little-endian order. */
    public final long[] counter = new long[CAPACITY];

    /** Bytes without the tag, 0 or more. */
    public final int[] length = new int[CAPACITY];

    /** Makes the batch empty. */
    public void clear() {
        count = 0;
    }

    public boolean isFull() {
        return count == CAPACITY;
    }

    /**
     * Adds a packet.
     *
     * @throws ArrayIndexOutOfBoundsException if the batch is full
     */
    public void add(long keyAddress, long counter, long source, long destination, int length) {
        int i = count;
        key[i] = keyAddress;
        this.counter[i] = counter;
        this.source[i] = source;
        this.destination[i] = destination;
        this.length[i] = length;
        count = i + 1;
    }
}
