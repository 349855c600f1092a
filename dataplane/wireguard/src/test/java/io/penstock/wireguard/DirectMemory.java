package io.penstock.wireguard;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Secret memory for tests: direct buffers, all of them remembered, so that a test can look for what should be gone. */
public final class DirectMemory implements SecretMemory {
    private final Set<UnsafeBuffer> live = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<UnsafeBuffer> all = new ArrayList<>();

    /** While set, nothing more is given out. */
    public boolean isExhausted;

    @Override
    public UnsafeBuffer allocate(int lengthBytes) {
        if (isExhausted) {
            throw new SecretMemoryExhaustedException("a test's bound", null);
        }
        ByteBuffer memory = BufferUtil.allocateDirectAligned(lengthBytes, Long.BYTES);
        UnsafeBuffer region = new UnsafeBuffer(memory);
        live.add(region);
        all.add(region);
        return region;
    }

    @Override
    public void release(UnsafeBuffer region) {
        if (!live.remove(region)) {
            throw new IllegalStateException("released twice, or never allocated");
        }
        region.setMemory(0, region.capacity(), (byte) 0);
    }

    public int liveRegions() {
        return live.size();
    }

    /** Whether the bytes are anywhere in memory that was ever allocated here. */
    public boolean holds(byte[] secret) {
        return all.stream().anyMatch(region -> {
            byte[] copy = new byte[region.capacity()];
            region.getBytes(0, copy);
            return Bytes.contains(copy, secret);
        });
    }
}
