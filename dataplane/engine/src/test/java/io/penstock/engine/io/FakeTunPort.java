package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.IoVec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A TUN queue in memory: reads what the test offers, keeps what is written, headers included. */
public final class FakeTunPort implements TunPort {
    private final Deque<byte[]> offered = new ArrayDeque<>();
    private final List<byte[]> written = new ArrayList<>();

    /** Asked at each write of a merged packet. */
    public Faults mergedWrites = Faults.NONE;

    /** Asked at each write of a packet by itself. */
    public Faults singleWrites = Faults.NONE;

    public boolean takesMergedPackets = true;

    /** Has the next read bring these bytes: a virtio header and a packet. */
    public void offer(byte[] headerAndPacket) {
        offered.add(headerAndPacket.clone());
    }

    /** Takes all writes so far, each a virtio header and a packet. */
    public List<byte[]> takeWritten() {
        List<byte[]> taken = List.copyOf(written);
        written.clear();
        return taken;
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public boolean takesMergedPackets() {
        return takesMergedPackets;
    }

    @Override
    public int read(long address, int capacity) {
        byte[] next = offered.poll();
        if (next == null) {
            return -Errno.EAGAIN;
        }
        Memory.copy(next, 0, address, next.length);
        return next.length;
    }

    @Override
    public int write(long iovAddress, int count) {
        int errno = (count > 1 ? mergedWrites : singleWrites).next();
        if (errno != 0) {
            return -errno;
        }
        int length = 0;
        for (int i = 0; i < count; i++) {
            length += (int) IoVec.length(iovAddress + (long) i * IoVec.SIZE);
        }
        byte[] bytes = new byte[length];
        int at = 0;
        for (int i = 0; i < count; i++) {
            long entry = iovAddress + (long) i * IoVec.SIZE;
            int part = (int) IoVec.length(entry);
            Memory.copy(IoVec.base(entry), bytes, at, part);
            at += part;
        }
        written.add(bytes);
        return length;
    }

    @Override
    public TunPort forThread(LibC libc) {
        return this; // written by one thread at a time
    }

    @Override
    public void close() {}
}
