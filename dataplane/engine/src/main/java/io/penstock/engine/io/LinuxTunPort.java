package io.penstock.engine.io;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.tun.Tun;
import io.penstock.ffm.udp.IoVec;

/**
 * A TUN queue of the Linux kernel. An adopted descriptor that was opened without {@code IFF_VNET_HDR} gets its headers
 * here: packets are then read and written one by one.
 */
public final class LinuxTunPort implements TunPort {
    private final LibC libc;
    private final Tun tun;
    private final boolean hasVnetHeader;

    /**
     * @param libc the calls of the thread that will read and write
     * @param tun non-blocking; closed with this port
     */
    public LinuxTunPort(LibC libc, Tun tun) throws ErrnoException {
        this.libc = libc;
        this.tun = tun;
        hasVnetHeader = (tun.flags() & Tun.IFF_VNET_HDR) != 0;
    }

    @Override
    public int fd() {
        return tun.fd();
    }

    @Override
    public boolean takesMergedPackets() {
        return hasVnetHeader;
    }

    @Override
    public int read(long address, int capacity) {
        if (hasVnetHeader) {
            return libc.read(tun.fd(), address, capacity);
        }
        Memory.fill(address, VNET_HEADER_LENGTH, (byte) 0);
        int length = libc.read(tun.fd(), address + VNET_HEADER_LENGTH, capacity - VNET_HEADER_LENGTH);
        return length < 0 ? length : length + VNET_HEADER_LENGTH;
    }

    @Override
    public int write(long iovAddress, int count) {
        if (!hasVnetHeader) {
            long length = IoVec.length(iovAddress) - VNET_HEADER_LENGTH;
            IoVec.set(iovAddress, IoVec.base(iovAddress) + VNET_HEADER_LENGTH, length);
        }
        return libc.writev(tun.fd(), iovAddress, count);
    }

    @Override
    public void close() {
        tun.close();
    }
}
