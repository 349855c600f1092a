package io.penstock.engine.memory;

import io.penstock.ffm.Memory;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * All packet memory of one lane: one page-aligned mapping that lasts as long as the process, handed out once at start in areas
 * that begin on a cache line. Owned by the lane.
 */
public final class PacketSlab {
    private static final int ALIGNMENT = 64;

    private final UnsafeBuffer buffer;
    private int used;

    /** Maps zeroed memory; pages become resident when first touched. */
    public PacketSlab(int lengthBytes) {
        buffer = new UnsafeBuffer(Memory.slab(lengthBytes), lengthBytes);
    }

    /** The whole slab; native calls get {@code addressOffset() + offset}. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /**
     * Hands out the next area.
     *
     * @return its offset in the slab, a multiple of 64
     * @throws IllegalStateException if the rest is too short
     */
    public int take(int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > buffer.capacity() - used) {
            throw new IllegalStateException(
                    "slab of " + buffer.capacity() + " bytes has no room for " + lengthBytes + " after " + used);
        }
        int offset = used;
        used = Math.min(buffer.capacity(), offset + lengthBytes + ALIGNMENT - 1 & -ALIGNMENT);
        return offset;
    }
}
