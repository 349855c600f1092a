package io.penstock.wireguard;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where keys live: off-heap memory that the collector cannot copy. The engine backs it by locked pages that stay out of
 * dumps; tests use a direct buffer. Called by the control agent only.
 */
public interface SecretMemory {
    /**
     * A zeroed region at a fixed address, aligned to 8 bytes, until it is released.
     *
     * @throws SecretMemoryExhaustedException if there is none left
     */
    UnsafeBuffer allocate(int lengthBytes);

    /** Wipes the region and takes it back; it must have come from {@link #allocate} and must not be used again. */
    void release(UnsafeBuffer region);
}
