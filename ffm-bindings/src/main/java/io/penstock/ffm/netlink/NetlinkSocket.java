package io.penstock.ffm.netlink;

import static io.penstock.ffm.udp.Sockets.AF_NETLINK;
import static io.penstock.ffm.udp.Sockets.MSG_DONTWAIT;
import static io.penstock.ffm.udp.Sockets.MSG_TRUNC;
import static io.penstock.ffm.udp.Sockets.SOCK_CLOEXEC;
import static io.penstock.ffm.udp.Sockets.SOCK_RAW;
import static io.penstock.ffm.udp.Sockets.SOL_NETLINK;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.SockAddr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The descriptor and native buffer of a netlink socket. One thread. */
final class NetlinkSocket implements AutoCloseable {
    private static final int BUFFER_LENGTH = 65536; // the kernel fills at most 32 KB at once

    private final LibC libc = new LibC();
    private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_LENGTH, 8);
    private final int fd;
    private boolean isClosed;

    /** Opens a socket in the network namespace of the calling thread, subscribed to {@code groups} of a protocol. */
    NetlinkSocket(int protocol, int groups, int typeFlags) throws ErrnoException {
        fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | typeFlags, protocol);
        try {
            ErrnoException.check(fd, "open netlink socket");
            long address = buffer.address();
            Memory.putInt(address, 1);
            // Kernels before 4.12 and 4.3 refuse these: errors then come without text, acks with the request in them.
            libc.setsockopt(fd, SOL_NETLINK, Rtnetlink.NETLINK_EXT_ACK, address, 4);
            libc.setsockopt(fd, SOL_NETLINK, Rtnetlink.NETLINK_CAP_ACK, address, 4);
            SockAddr.setNetlink(address, groups);
            ErrnoException.check(libc.bind(fd, address, SockAddr.SIZE_NL), "bind netlink socket");
            SockAddr.setNetlink(address, 0);
            // Connected to the kernel, it takes nothing from other processes.
            ErrnoException.check(libc.connect(fd, address, SockAddr.SIZE_NL), "connect netlink socket");
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    int fd() {
        return fd;
    }

    void send(byte[] message, String what) throws ErrnoException {
        if (message.length > BUFFER_LENGTH) {
            throw new ErrnoException(what, Errno.EMSGSIZE);
        }
        Memory.copy(message, 0, buffer.address(), message.length);
        ErrnoException.check(libc.send(fd, buffer.address(), message.length, 0), what);
    }

    /** Messages of the next datagram. */
    List<Message> receive(int flags, String what) throws ErrnoException {
        int length;
        do {
            length = libc.recv(fd, buffer.address(), BUFFER_LENGTH, flags | MSG_TRUNC);
        } while (length == -Errno.EINTR);
        ErrnoException.check(length, what);
        if (length > BUFFER_LENGTH) {
            throw new ErrnoException(what, Errno.EMSGSIZE);
        }
        return Message.parse(Memory.bytes(buffer.address(), length), length);
    }

    /**
     * Takes datagrams that are there, whatever is in them, this many at most; does not wait.
     *
     * @return whether there were any, or were too many for the kernel to keep
     */
    boolean discard(int most, String what) throws ErrnoException {
        for (int datagrams = 0; datagrams < most; datagrams++) {
            int length = libc.recv(fd, buffer.address(), BUFFER_LENGTH, MSG_DONTWAIT);
            if (length == -Errno.EAGAIN) {
                return datagrams > 0;
            }
            if (length != -Errno.ENOBUFS && length != -Errno.EINTR) {
                ErrnoException.check(length, what);
            }
        }
        return true;
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            if (fd >= 0) {
                libc.close(fd);
            }
        }
    }
}
