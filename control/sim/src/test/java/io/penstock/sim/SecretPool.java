package io.penstock.sim;

import io.penstock.wireguard.SecretMemory;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Secret memory of one node: few regions, each checked to be released once. */
final class SecretPool implements SecretMemory {
    private static final int REGION_LENGTH = 256;
    private static final int REGIONS = 64;

    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(REGION_LENGTH * REGIONS, Long.BYTES);
    private final long address = BufferUtil.address(memory);
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final Set<UnsafeBuffer> live = Collections.newSetFromMap(new IdentityHashMap<>());

    SecretPool() {
        reset();
    }

    /** The process has ended: all its memory is gone. */
    void reset() {
        live.clear();
        free.clear();
        for (int i = 0; i < REGIONS; i++) {
            free.add(i);
        }
    }

    int liveRegions() {
        return live.size();
    }

    @Override
    public UnsafeBuffer allocate(int lengthBytes) {
        Integer index = free.poll();
        if (index == null || lengthBytes > REGION_LENGTH) {
            throw new Violation("bounds", "more than " + REGIONS + " secrets in memory");
        }
        UnsafeBuffer region = new UnsafeBuffer(address + (long) index * REGION_LENGTH, lengthBytes);
        region.setMemory(0, lengthBytes, (byte) 0);
        live.add(region);
        return region;
    }

    @Override
    public void release(UnsafeBuffer region) {
        if (!live.remove(region)) {
            throw new Violation("bounds", "a secret was released twice, or never allocated");
        }
        region.setMemory(0, region.capacity(), (byte) 0);
        free.add((int) ((region.addressOffset() - address) / REGION_LENGTH));
    }
}
