package io.penstock.engine.io;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.tun.Tun;
import io.penstock.ffm.udp.IoVec;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * A TUN queue of the Linux kernel. An adopted descriptor that was opened without {@code IFF_VNET_HDR} gets its headers
 * here: packets are then read and written one by one.
 */
public final class LinuxTunPort implements TunPort {
    private static final int BASIC_OFFLOADS = Tun.TUN_F_CSUM | Tun.TUN_F_TSO4 | Tun.TUN_F_TSO6;
    private static final int ALL_OFFLOADS = BASIC_OFFLOADS | Tun.TUN_F_USO4 | Tun.TUN_F_USO6;

    private final LibC libc;
    private final Tun tun;
    private final boolean hasVnetHeader;

    /**
     * Tells the kernel what this port reads, whatever an earlier owner of the descriptor has told it.
     *
     * @param libc the calls of the thread that will read and write
     * @param tun non-blocking; closed with this port
     * @param log told when packets will be slow
     */
    public LinuxTunPort(LibC libc, Tun tun, Logger log) throws ErrnoException {
        this.libc = libc;
        this.tun = tun;
        hasVnetHeader = (tun.flags() & Tun.IFF_VNET_HDR) != 0;
        if (!hasVnetHeader) {
            // Nobody could tell a superpacket from a packet.
            ErrnoException.check(tun.setOffloads(0), "TUNSETOFFLOAD");
            log.log(
                    Level.WARNING,
                    "the TUN descriptor was opened without IFF_VNET_HDR: expect a fraction of the throughput");
            return;
        }
        ErrnoException.check(tun.setVnetHeaderSize(VNET_HEADER_LENGTH), "TUNSETVNETHDRSZ");
        if (tun.setOffloads(ALL_OFFLOADS) < 0 && tun.setOffloads(BASIC_OFFLOADS) < 0) {
            log.log(Level.WARNING, "the TUN device has no segmentation offload: expect a fraction of the throughput");
        }
    }

    private LinuxTunPort(LibC libc, Tun tun, boolean hasVnetHeader) {
        this.libc = libc;
        this.tun = tun;
        this.hasVnetHeader = hasVnetHeader;
    }

    @Override
    public TunPort forThread(LibC otherLibc) {
        return new LinuxTunPort(otherLibc, tun, hasVnetHeader);
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
