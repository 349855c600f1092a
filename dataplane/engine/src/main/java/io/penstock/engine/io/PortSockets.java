package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of one port: a pair for each {@link DatagramKind}. Lanes read transport data, the control agent the rest. So
 * handshake messages and garbage, however many, wait in no buffer where data or a peer with a cookie would, and cost no lane a
 * microsecond. A kernel that does not tell the kinds apart gives everything to the pair for data, and there is no other.
 *
 * @param pairs one, or one for each kind in their order
 * @param refusal why there is but one, for people; empty otherwise
 */
public record PortSockets(List<UdpSockets> pairs, String refusal) {
    /** Held while the interface is down. */
    public static final PortSockets NONE = new PortSockets(List.of(UdpSockets.NONE), "");

    /**
     * Opens the sockets in the calling thread's network namespace.
     *
     * <p>The first of each family is bound without leave to share the port, so that a port in use is refused whoever uses it. Only
     * then it gives leave, and the others make a group with it, in the order of their binding. Until the program is there the
     * kernel chooses by a hash. Nobody else gets the port later, unless he asks to share it and runs under the same user; and
     * even then he hears nothing, as the program does not know his place.
     *
     * @param port 0 lets the kernel choose one that is free in both families
     * @param mark for {@code SO_MARK}; 0 is none
     * @throws ErrnoException {@code EADDRINUSE} if the port is taken
     */
    public static PortSockets open(LibC libc, int port, int mark) throws ErrnoException {
        List<UdpSockets> pairs = new ArrayList<>();
        UdpSockets data = UdpSockets.open(libc, port, mark);
        pairs.add(data);
        try {
            ErrnoException.check(data.share(libc, true), "SO_REUSEPORT");
            for (DatagramKind kind : DatagramKind.values()) {
                if (kind != DatagramKind.DATA) {
                    pairs.add(UdpSockets.openBeside(libc, data, mark, bufferLength(kind)));
                }
            }
            data.steer(libc);
            return new PortSockets(List.copyOf(pairs), "");
        } catch (ErrnoException e) {
            pairs.subList(1, pairs.size()).forEach(each -> each.close(libc));
            int _ = data.share(libc, false); // where it was given
            return new PortSockets(List.of(data), e.operation() + ": " + Errno.name(e.errno()));
        }
    }

    /**
     * For what waits in a socket, in bytes as the kernel counts them: a kilobyte or so for a handshake message. Those without a cookie
     * have room for 40 ms of 100,000 a second, in which the control agent may not get a processor.
     */
    private static int bufferLength(DatagramKind kind) {
        return switch (kind) {
            case DATA -> UdpSockets.BUFFER_LENGTH;
            case HANDSHAKE -> 4 << 20;
            case COOKIE, OTHER -> 1 << 20;
        };
    }

    /** True when the kernel tells the kinds apart. */
    public boolean areSteered() {
        return pairs.size() > 1;
    }

    /** Where datagrams of that kind arrive. */
    public UdpSockets of(DatagramKind kind) {
        return areSteered() ? pairs.get(kind.ordinal()) : pairs.getFirst();
    }

    public int port() {
        return pairs.getFirst().port();
    }

    /** Marks what is sent from here on; returns 0 or {@code -errno}. */
    public int mark(LibC libc, int mark) {
        for (UdpSockets each : pairs) {
            int result = each.mark(libc, mark);
            if (result != 0) {
                return result;
            }
        }
        return 0;
    }

    public void close(LibC libc) {
        pairs.forEach(each -> each.close(libc));
    }
}
