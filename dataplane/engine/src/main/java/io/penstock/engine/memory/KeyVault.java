package io.penstock.engine.memory;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LockedMemory;
import io.penstock.ffm.Memory;
import io.penstock.wireguard.SecretMemory;
import io.penstock.wireguard.SecretMemoryExhaustedException;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Keys in locked memory that is kept out of swap, core dumps and forked children. Cells of 64, 128, 256 or 512 bytes, cut from
 * blocks that are mapped one after the other up to a bound, wiped at release and again at the end. Owned by the control agent.
 */
public final class KeyVault implements SecretMemory, AutoCloseable {
    /** The longest region that one call gives. */
    public static final int MAX_REGION_BYTES = 512;

    private static final int MIN_CELL_BYTES = 64;
    private static final int CLASSES = 4;
    private static final int BLOCK_BYTES = 64 * 1024;

    private final long boundBytes;
    private final List<LockedMemory> blocks = new ArrayList<>();
    private final List<LongArrayList> freeCells = new ArrayList<>();
    private final LongHashSet live = new LongHashSet();
    private long liveBytes;
    private long refusals;

    /**
     * Locks the first block, so that a machine that forbids locking says so at the start.
     *
     * @param boundBytes locked memory at most, rounded up to blocks of 64 KiB
     * @throws ErrnoException if the block cannot be locked; the text names the cure
     */
    public KeyVault(long boundBytes) throws ErrnoException {
        this.boundBytes = (Math.max(1, boundBytes) + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        for (int i = 0; i < CLASSES; i++) {
            freeCells.add(new LongArrayList());
        }
        addBlock(0);
    }

    /**
     * {@inheritDoc}
     *
     * @throws SecretMemoryExhaustedException at the bound, or if the system grants no more locked memory
     */
    @Override
    public UnsafeBuffer allocate(int lengthBytes) {
        if (lengthBytes <= 0 || lengthBytes > MAX_REGION_BYTES) {
            throw new IllegalArgumentException("lengthBytes " + lengthBytes);
        }
        int sizeClass = sizeClass(lengthBytes);
        LongArrayList free = freeCells.get(sizeClass);
        if (free.isEmpty()) {
            grow(sizeClass);
        }
        long address = free.removeAt(free.size() - 1);
        live.add(address);
        liveBytes += cellBytes(sizeClass);
        return new UnsafeBuffer(address, lengthBytes);
    }

    @Override
    public void release(UnsafeBuffer region) {
        long address = region.addressOffset();
        if (!live.remove(address)) {
            throw new IllegalArgumentException("not a live region of this vault");
        }
        int sizeClass = sizeClass(region.capacity());
        Memory.fill(address, cellBytes(sizeClass), (byte) 0);
        freeCells.get(sizeClass).addLong(address);
        liveBytes -= cellBytes(sizeClass);
    }

    private void grow(int sizeClass) {
        if (lockedBytes() >= boundBytes) {
            refusals++;
            throw new SecretMemoryExhaustedException(
                    "keys take all of their " + boundBytes + " bytes of locked memory", null);
        }
        try {
            addBlock(sizeClass);
        } catch (ErrnoException e) {
            refusals++;
            throw new SecretMemoryExhaustedException("no more locked memory for keys", e);
        }
    }

    private void addBlock(int sizeClass) throws ErrnoException {
        LockedMemory block = LockedMemory.allocate(BLOCK_BYTES);
        blocks.add(block);
        int cell = cellBytes(sizeClass);
        LongArrayList free = freeCells.get(sizeClass);
        for (int offset = BLOCK_BYTES - cell; offset >= 0; offset -= cell) {
            free.addLong(block.address() + offset);
        }
    }

    private static int sizeClass(int lengthBytes) {
        int sizeClass = 0;
        while (cellBytes(sizeClass) < lengthBytes) {
            sizeClass++;
        }
        return sizeClass;
    }

    private static int cellBytes(int sizeClass) {
        return MIN_CELL_BYTES << sizeClass;
    }

    /** Memory locked so far. */
    public long lockedBytes() {
        return (long) blocks.size() * BLOCK_BYTES;
    }

    /** Locked memory at most. */
    public long boundBytes() {
        return boundBytes;
    }

    /** Regions handed out and not yet released. */
    public int liveRegions() {
        return live.size();
    }

    /** How often {@link #allocate} found no memory. */
    public long refusals() {
        return refusals;
    }

    /** Wipes and unlocks everything; live regions must not be touched any more. */
    @Override
    public void close() {
        blocks.forEach(LockedMemory::close);
        blocks.clear();
        freeCells.forEach(LongArrayList::clear);
        live.clear();
        liveBytes = 0;
    }

    @Override
    public String toString() {
        return "%d regions in %d of %d locked bytes (bound %d)"
                .formatted(live.size(), liveBytes, lockedBytes(), boundBytes);
    }
}
