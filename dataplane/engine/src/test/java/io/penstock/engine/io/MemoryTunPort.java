package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.IoVec;

/** A TUN queue that costs a copy: brings the same packet again and again, to other addresses, and takes what is written. */
public final class MemoryTunPort implements TunPort {
    private static final int DESTINATION4 = VNET_HEADER_LENGTH + 16;

    private long packet;
    private int packetLength;
    private int[] destinations = {};
    private int next;
    private int left;
    private long writtenBytes;
    private long writes;

    /**
     * Has the next {@code count} reads bring copies of an IPv4 packet with its virtio header, to one destination after the other.
     * The header checksum is left as it is.
     */
    public void offer(byte[] headerAndPacket, int[] toDestinations, int count) {
        if (packet == 0) {
            packet = Memory.slab(READ_CAPACITY);
        }
        Memory.copy(headerAndPacket, 0, packet, headerAndPacket.length);
        packetLength = headerAndPacket.length;
        destinations = toDestinations;
        next = 0;
        left = count;
    }

    /** Reads that are still to come. */
    public int left() {
        return left;
    }

    /** Bytes written so far, virtio headers included. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Calls of {@link #write}. */
    public long writes() {
        return writes;
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public TunPort forThread(LibC otherLibc) {
        return this;
    }

    @Override
    public boolean takesMergedPackets() {
        return true;
    }

    @Override
    public int read(long address, int capacity) {
        if (left == 0) {
            return -Errno.EAGAIN;
        }
        left--;
        Memory.copy(packet, address, packetLength);
        Memory.putIntBigEndian(address + DESTINATION4, destinations[next]);
        next = next + 1 < destinations.length ? next + 1 : 0;
        return packetLength;
    }

    @Override
    public int write(long iovAddress, int count) {
        int length = 0;
        for (int i = 0; i < count; i++) {
            length += (int) IoVec.length(iovAddress + (long) i * IoVec.SIZE);
        }
        writtenBytes += length;
        writes++;
        return length;
    }

    @Override
    public void close() {
        if (packet != 0) {
            new LibC().munmap(packet, READ_CAPACITY);
            packet = 0;
        }
    }
}
