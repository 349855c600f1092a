package io.penstock.ffm.udp;

import static io.penstock.ffm.udp.Sockets.AF_INET;
import static io.penstock.ffm.udp.Sockets.AF_INET6;
import static io.penstock.ffm.udp.Sockets.SOL_SOCKET;
import static io.penstock.ffm.udp.Sockets.SOL_UDP;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;

/**
 * A non-blocking UDP socket and its options. Its set-up calls belong to one thread; the packet path uses {@link #fd} with its own
 * {@link LibC}. Order: options, then bind; an option affects only the datagrams that arrive later.
 *
 * <p>Option methods return 0 (or what they say) or {@code -errno}: a kernel without an option is expected.
 */
public final class UdpSocket implements AutoCloseable {
    private final LibC libc = new LibC();
    private final int fd;
    private final int family;
    private boolean isClosed;

    private UdpSocket(int fd, int family) {
        this.fd = fd;
        this.family = family;
    }

    /**
     * Opens a socket in the network namespace of the calling thread.
     *
     * @param family AF_INET, or AF_INET6 which is then for IPv6 only
     * @throws ErrnoException EAFNOSUPPORT where the family is switched off
     */
    public static UdpSocket open(int family) throws ErrnoException {
        if (family != AF_INET && family != AF_INET6) {
            throw new IllegalArgumentException("family " + family);
        }
        LibC libc = new LibC();
        int fd = ErrnoException.check(
                libc.socket(family, Sockets.SOCK_DGRAM | Sockets.SOCK_CLOEXEC | Sockets.SOCK_NONBLOCK, 0),
                family == AF_INET ? "open IPv4 UDP socket" : "open IPv6 UDP socket");
        UdpSocket socket = new UdpSocket(fd, family);
        if (family == AF_INET6) {
            int result = socket.setOption(Sockets.IPPROTO_IPV6, Sockets.IPV6_V6ONLY, 1);
            if (result < 0) {
                socket.close();
                throw new ErrnoException("IPV6_V6ONLY", -result);
            }
        }
        return socket;
    }

    public int fd() {
        return fd;
    }

    public int family() {
        return family;
    }

    /** Binds to all local addresses; port 0 lets the kernel choose. */
    public void bind(int port) throws ErrnoException {
        if (family == AF_INET) {
            bind4(0, port);
        } else {
            bind6(0, 0, port, 0);
        }
    }

    /** Binds to one address, its highest byte first on the wire. */
    public void bind4(int address, int port) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE4, 8).address();
            SockAddr.set4(sockAddr, address, port);
            ErrnoException.check(libc.bind(fd, sockAddr, SockAddr.SIZE4), "bind IPv4 UDP port " + port);
        }
    }

    public void bind6(long high, long low, int port, int scopeId) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE6, 8).address();
            SockAddr.set6(sockAddr, high, low, port, scopeId);
            ErrnoException.check(libc.bind(fd, sockAddr, SockAddr.SIZE6), "bind IPv6 UDP port " + port);
        }
    }

    /** The local port; 0 before the bind. */
    public int port() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long sockAddr = arena.allocate(SockAddr.SIZE6, 8).address();
            long length = arena.allocate(4, 4).address();
            Memory.putInt(length, SockAddr.SIZE6);
            ErrnoException.check(libc.getsockname(fd, sockAddr, length), "getsockname");
            return SockAddr.port(sockAddr);
        }
    }

    /** Lets the kernel hand up runs of equal datagrams as one; receive buffers must then hold 65,535 bytes. */
    public int setGro(boolean on) {
        return setOption(SOL_UDP, Sockets.UDP_GRO, on ? 1 : 0);
    }

    /** Whether the kernel knows UDP_SEGMENT; a route may still refuse it with EIO when sending. */
    public boolean hasSegmentation() {
        return getOption(SOL_UDP, Sockets.UDP_SEGMENT) >= 0;
    }

    /** Whether UDP_GRO can be read back: kernels before 5.12 deliver it too unevenly to be worth it. */
    public boolean hasGro() {
        return getOption(SOL_UDP, Sockets.UDP_GRO) >= 0;
    }

    /** Firewall mark of what is sent; needs CAP_NET_ADMIN. */
    public int setMark(int mark) {
        return setOption(SOL_SOCKET, Sockets.SO_MARK, mark);
    }

    /** Receives the local address and interface of each datagram as a control message, see {@link PktInfo}. */
    public int setPacketInfo(boolean on) {
        return family == AF_INET
                ? setOption(Sockets.IPPROTO_IP, Sockets.IP_PKTINFO, on ? 1 : 0)
                : setOption(Sockets.IPPROTO_IPV6, Sockets.IPV6_RECVPKTINFO, on ? 1 : 0);
    }

    /** Receives TOS (one byte, type IP_TOS) or traffic class (an int, type IPV6_TCLASS) as a control message. */
    public int setReceiveTrafficClass(boolean on) {
        return family == AF_INET
                ? setOption(Sockets.IPPROTO_IP, Sockets.IP_RECVTOS, on ? 1 : 0)
                : setOption(Sockets.IPPROTO_IPV6, Sockets.IPV6_RECVTCLASS, on ? 1 : 0);
    }

    /** Sets the don't-fragment policy, an IP_PMTUDISC_ constant. */
    public int setMtuDiscovery(int mode) {
        return family == AF_INET
                ? setOption(Sockets.IPPROTO_IP, Sockets.IP_MTU_DISCOVER, mode)
                : setOption(Sockets.IPPROTO_IPV6, Sockets.IPV6_MTU_DISCOVER, mode);
    }

    /** Several sockets on one port, spread by flow; on all of them before the bind. */
    public int setReusePort(boolean on) {
        return setOption(SOL_SOCKET, Sockets.SO_REUSEPORT, on ? 1 : 0);
    }

    /** Asks beyond the system's limit first, within it if that is not allowed; returns the bytes granted. */
    public int setReceiveBuffer(int lengthBytes) {
        return setBuffer(Sockets.SO_RCVBUFFORCE, Sockets.SO_RCVBUF, lengthBytes);
    }

    /** As {@link #setReceiveBuffer}. */
    public int setSendBuffer(int lengthBytes) {
        return setBuffer(Sockets.SO_SNDBUFFORCE, Sockets.SO_SNDBUF, lengthBytes);
    }

    /** Sets an int option; returns 0 or {@code -errno}. */
    public int setOption(int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(4, 4).address();
            Memory.putInt(address, value);
            return libc.setsockopt(fd, level, option, address, 4);
        }
    }

    /** Reads an int option that is never negative; returns it or {@code -errno}. */
    public int getOption(int level, int option) {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocate(8, 4).address();
            Memory.putInt(value + 4, 4);
            int result = libc.getsockopt(fd, level, option, value, value + 4);
            return result < 0 ? result : Memory.getInt(value);
        }
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            libc.close(fd);
        }
    }

    private int setBuffer(int forced, int limited, int lengthBytes) {
        if (setOption(SOL_SOCKET, forced, lengthBytes) < 0) {
            int result = setOption(SOL_SOCKET, limited, lengthBytes);
            if (result < 0) {
                return result;
            }
        }
        return getOption(SOL_SOCKET, limited);
    }
}
