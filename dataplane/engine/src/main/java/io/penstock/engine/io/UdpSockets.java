package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An IPv4 and an IPv6 socket on one port, wildcard-bound, with the options of the packet path. Either may be missing
 * where the host lacks the family. Made and closed by the control agent; lanes use the descriptors.
 */
public final class UdpSockets {
    /** Held by a port while the interface is down. */
    public static final UdpSockets NONE = new UdpSockets(-1, -1, 0, false);

    /** Twice what wireguard-go asks for, as the kernel does. */
    static final int BUFFER_LENGTH = 14 << 20;

    private static final int PORT_TRIES = 100;
    private static final int SCRATCH_LENGTH = 64;

    private final int fd4;
    private final int fd6;
    private final int port;
    private final AtomicBoolean segmentOffload;

    private UdpSockets(int fd4, int fd6, int port, boolean segmentOffload) {
        this.fd4 = fd4;
        this.fd6 = fd6;
        this.port = port;
        this.segmentOffload = new AtomicBoolean(segmentOffload);
    }

    /**
     * Opens both sockets in the calling thread's network namespace.
     *
     * @param port 0 lets the kernel choose one that is free in both families
     * @param mark for {@code SO_MARK}; 0 is none
     * @throws ErrnoException {@code EADDRINUSE} if the port is taken
     */
    public static UdpSockets open(LibC libc, int port, int mark) throws ErrnoException {
        long scratch = Memory.slab(SCRATCH_LENGTH);
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    return new Opening(libc, scratch, mark, BUFFER_LENGTH).open(port);
                } catch (ErrnoException e) {
                    boolean luckMayChange = port == 0 && e.errno() == Errno.EADDRINUSE && attempt < PORT_TRIES;
                    if (!luckMayChange) {
                        throw e;
                    }
                }
            }
        } finally {
            libc.munmap(scratch, SCRATCH_LENGTH);
        }
    }

    /**
     * Opens another pair on the port of {@code first}, which has to {@link #share} it first.
     *
     * @param receiveBufferLength for what waits in each of the new sockets, in bytes as the kernel counts them
     * @throws ErrnoException if this kernel does not
     */
    static UdpSockets openBeside(LibC libc, UdpSockets first, int mark, int receiveBufferLength) throws ErrnoException {
        long scratch = Memory.slab(SCRATCH_LENGTH);
        try {
            return new Opening(libc, scratch, mark, receiveBufferLength).openBeside(first);
        } finally {
            libc.munmap(scratch, SCRATCH_LENGTH);
        }
    }

    /**
     * Gives leave to bind to the same port, to those of the same user that ask for it, or takes it back; returns 0 or
     * {@code -errno}.
     */
    int share(LibC libc, boolean on) {
        return setBoth(libc, Sockets.SO_REUSEPORT, on ? 1 : 0);
    }

    /** Has the kernel choose by {@link Steering} among the sockets on this port. */
    void steer(LibC libc) throws ErrnoException {
        for (int fd : new int[] {fd4, fd6}) {
            if (fd >= 0) {
                ErrnoException.check(Steering.attach(libc, fd), "SO_ATTACH_REUSEPORT_CBPF");
            }
        }
    }

    public int fd4() {
        return fd4;
    }

    public int fd6() {
        return fd6;
    }

    public int port() {
        return port;
    }

    /** True while runs may be sent by {@code UDP_SEGMENT}: the kernel knows it, and no route's device has refused it. */
    public boolean segmentOffload() {
        return segmentOffload.getPlain(); // by whichever port it was found out, the others may find out too
    }

    /** Sends no more runs; true for the first to say so. Any thread. */
    boolean refuseSegments() {
        return segmentOffload.compareAndSet(true, false);
    }

    /** Marks what is sent from here on; returns 0 or {@code -errno}. */
    public int mark(LibC libc, int mark) {
        return setBoth(libc, Sockets.SO_MARK, mark);
    }

    private int setBoth(LibC libc, int option, int value) {
        long scratch = Memory.slab(SCRATCH_LENGTH);
        try {
            int result4 = fd4 < 0 ? 0 : set(libc, scratch, fd4, Sockets.SOL_SOCKET, option, value);
            int result6 = fd6 < 0 ? 0 : set(libc, scratch, fd6, Sockets.SOL_SOCKET, option, value);
            return result4 != 0 ? result4 : result6;
        } finally {
            libc.munmap(scratch, SCRATCH_LENGTH);
        }
    }

    /** PROBE: the route's own limit counts, and not what ICMP said of it before, which may be a lie (ip(7)). */
    void forbidFragments(LibC libc, boolean isForbidden) {
        int mode = isForbidden ? Sockets.IP_PMTUDISC_PROBE : Sockets.IP_PMTUDISC_DONT;
        long scratch = Memory.slab(SCRATCH_LENGTH);
        try {
            if (fd4 >= 0) {
                set(libc, scratch, fd4, Sockets.IPPROTO_IP, Sockets.IP_MTU_DISCOVER, mode);
            }
            if (fd6 >= 0) {
                set(libc, scratch, fd6, Sockets.IPPROTO_IPV6, Sockets.IPV6_MTU_DISCOVER, mode);
            }
        } finally {
            libc.munmap(scratch, SCRATCH_LENGTH);
        }
    }

    public void close(LibC libc) {
        if (fd4 >= 0) {
            libc.close(fd4);
        }
        if (fd6 >= 0) {
            libc.close(fd6);
        }
    }

    private static int set(LibC libc, long scratch, int fd, int level, int option, int value) {
        Memory.putInt(scratch, value);
        return libc.setsockopt(fd, level, option, scratch, Integer.BYTES);
    }

    /** One attempt; closes what it opened if it fails. */
    private static final class Opening {
        private final LibC libc;
        private final long scratch;
        private final int mark;
        private final int receiveBufferLength;

        Opening(LibC libc, long scratch, int mark, int receiveBufferLength) {
            this.libc = libc;
            this.scratch = scratch;
            this.mark = mark;
            this.receiveBufferLength = receiveBufferLength;
        }

        UdpSockets open(int port) throws ErrnoException {
            int fd4 = -1;
            int fd6 = -1;
            try {
                fd4 = socket(Sockets.AF_INET);
                int bound = fd4 < 0 ? port : bind(fd4, Sockets.AF_INET, port);
                fd6 = socket(Sockets.AF_INET6);
                bound = fd6 < 0 ? bound : bind(fd6, Sockets.AF_INET6, bound);
                if (fd4 < 0 && fd6 < 0) {
                    throw new ErrnoException("UDP socket of either family", Errno.EAFNOSUPPORT);
                }
                return new UdpSockets(fd4, fd6, bound, hasSegmentOffload(fd4 >= 0 ? fd4 : fd6));
            } catch (ErrnoException e) {
                new UdpSockets(fd4, fd6, 0, false).close(libc);
                throw e;
            }
        }

        UdpSockets openBeside(UdpSockets first) throws ErrnoException {
            int fd4 = -1;
            int fd6 = -1;
            try {
                fd4 = first.fd4 < 0 ? -1 : sharing(Sockets.AF_INET, first.port);
                fd6 = first.fd6 < 0 ? -1 : sharing(Sockets.AF_INET6, first.port);
                return new UdpSockets(fd4, fd6, first.port, first.segmentOffload());
            } catch (ErrnoException e) {
                new UdpSockets(fd4, fd6, 0, false).close(libc);
                throw e;
            }
        }

        private int sharing(int family, int port) throws ErrnoException {
            int fd = ErrnoException.check(socket(family), "UDP socket");
            try {
                require(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEPORT, 1, "SO_REUSEPORT");
                bind(fd, family, port);
                return fd;
            } catch (ErrnoException e) {
                libc.close(fd);
                throw e;
            }
        }

        /** A socket with all options set, or -1 when the host has no such family. */
        private int socket(int family) throws ErrnoException {
            int fd = libc.socket(family, Sockets.SOCK_DGRAM | Sockets.SOCK_CLOEXEC, 0);
            if (fd == -Errno.EAFNOSUPPORT) {
                return -1;
            }
            ErrnoException.check(fd, "UDP socket");
            try {
                configure(fd, family == Sockets.AF_INET6);
            } catch (ErrnoException e) {
                libc.close(fd);
                throw e;
            }
            return fd;
        }

        private void configure(int fd, boolean v6) throws ErrnoException {
            if (set(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, receiveBufferLength / 2) < 0) {
                set(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, receiveBufferLength / 2); // as far as the limit goes
            }
            if (set(fd, Sockets.SOL_SOCKET, Sockets.SO_SNDBUFFORCE, BUFFER_LENGTH / 2) < 0) {
                set(fd, Sockets.SOL_SOCKET, Sockets.SO_SNDBUF, BUFFER_LENGTH / 2);
            }
            if (mark != 0) {
                require(fd, Sockets.SOL_SOCKET, Sockets.SO_MARK, mark, "SO_MARK");
            }
            if (v6) {
                require(fd, Sockets.IPPROTO_IPV6, Sockets.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
                require(fd, Sockets.IPPROTO_IPV6, Sockets.IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
                require(fd, Sockets.IPPROTO_IPV6, Sockets.IPV6_RECVTCLASS, 1, "IPV6_RECVTCLASS");
                set(fd, Sockets.IPPROTO_IPV6, Sockets.IPV6_MTU_DISCOVER, Sockets.IP_PMTUDISC_DONT);
            } else {
                require(fd, Sockets.IPPROTO_IP, Sockets.IP_PKTINFO, 1, "IP_PKTINFO");
                require(fd, Sockets.IPPROTO_IP, Sockets.IP_RECVTOS, 1, "IP_RECVTOS");
                // As the kernel's WireGuard: no DF, a path that is too narrow fragments.
                set(fd, Sockets.IPPROTO_IP, Sockets.IP_MTU_DISCOVER, Sockets.IP_PMTUDISC_DONT);
            }
            set(fd, Sockets.SOL_UDP, Sockets.UDP_GRO, 1); // a kernel without it delivers single datagrams
        }

        private int bind(int fd, int family, int port) throws ErrnoException {
            int length;
            if (family == Sockets.AF_INET6) {
                SockAddr.set6(scratch, 0, 0, port, 0);
                length = SockAddr.SIZE6;
            } else {
                SockAddr.set4(scratch, 0, port);
                length = SockAddr.SIZE4;
            }
            ErrnoException.check(libc.bind(fd, scratch, length), "bind to UDP port " + port);
            Memory.putInt(scratch + 48, SCRATCH_LENGTH - 16);
            ErrnoException.check(libc.getsockname(fd, scratch, scratch + 48), "getsockname");
            return SockAddr.port(scratch);
        }

        private boolean hasSegmentOffload(int fd) {
            return set(fd, Sockets.SOL_UDP, Sockets.UDP_SEGMENT, 0) == 0;
        }

        private void require(int fd, int level, int option, int value, String name) throws ErrnoException {
            ErrnoException.check(set(fd, level, option, value), name);
        }

        private int set(int fd, int level, int option, int value) {
            return UdpSockets.set(libc, scratch, fd, level, option, value);
        }
    }
}
