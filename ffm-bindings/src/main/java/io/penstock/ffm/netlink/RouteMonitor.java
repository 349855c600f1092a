package io.penstock.ffm.netlink;

import static io.penstock.ffm.udp.Sockets.SOCK_NONBLOCK;

import io.penstock.ffm.ErrnoException;

/**
 * Tells that routes or rules of the namespace in which it was opened have changed, not which: whoever wants to know asks the kernel
 * again. Poll {@link #fd} for POLLIN, then {@link #drain}. One thread.
 */
public final class RouteMonitor implements AutoCloseable {
    static final int GROUPS = Rtnetlink.RTMGRP_IPV4_ROUTE
            | Rtnetlink.RTMGRP_IPV6_ROUTE
            | Rtnetlink.RTMGRP_IPV4_RULE
            | (1 << (Rtnetlink.RTNLGRP_IPV6_RULE - 1)); // which has no RTMGRP_ name

    /** Datagrams of one call at most: a router's table may change faster than it can be read. */
    private static final int MAX_DATAGRAMS = 64;

    private final NetlinkSocket socket;

    private RouteMonitor(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Subscribes in the network namespace of the calling thread. */
    public static RouteMonitor open() throws ErrnoException {
        return new RouteMonitor(new NetlinkSocket(Rtnetlink.NETLINK_ROUTE, GROUPS, SOCK_NONBLOCK));
    }

    public int fd() {
        return socket.fd();
    }

    /**
     * Takes what has been told since the last call, or a part of it; does not wait.
     *
     * @return whether there was anything
     */
    public boolean drain() throws ErrnoException {
        return socket.discard(MAX_DATAGRAMS, "read route events");
    }

    @Override
    public void close() {
        socket.close();
    }
}
