package io.penstock.ffm.netlink;

import static io.penstock.ffm.udp.Sockets.SOCK_NONBLOCK;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.poll.PollFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tells that links, addresses, routes, rules or nftables of the namespace in which it was opened have changed, not which: whoever wants
 * to know asks the kernel again, and nothing is lost when the kernel had more to tell than it could keep. One thread, but for
 * {@link #wake}. Takes CAP_NET_ADMIN for nftables.
 */
public final class NetworkMonitor implements AutoCloseable {
    private static final int GROUPS =
            Rtnetlink.RTMGRP_LINK | Rtnetlink.RTMGRP_IPV4_IFADDR | Rtnetlink.RTMGRP_IPV6_IFADDR | RouteMonitor.GROUPS;

    /** Datagrams of one call at most, as for routes. */
    private static final int MAX_DATAGRAMS = 64;

    private final LibC libc = new LibC();
    private final NetlinkSocket network;
    private final NetlinkSocket firewall;
    private final int wakeFd;
    private final MemorySegment scratch = Arena.ofAuto().allocate(3 * PollFd.SIZE + Long.BYTES, Long.BYTES);
    private volatile boolean isClosed;

    private NetworkMonitor(NetlinkSocket network, NetlinkSocket firewall, LibC opener) throws ErrnoException {
        this.network = network;
        this.firewall = firewall;
        wakeFd = ErrnoException.check(opener.eventfd(0, FileFlags.EFD_NONBLOCK | FileFlags.EFD_CLOEXEC), "eventfd");
    }

    /** Subscribes in the network namespace of the calling thread; any one thread may wait afterwards. */
    public static NetworkMonitor open() throws ErrnoException {
        NetlinkSocket network = new NetlinkSocket(Rtnetlink.NETLINK_ROUTE, GROUPS, SOCK_NONBLOCK);
        NetlinkSocket firewall = null;
        try {
            firewall = new NetlinkSocket(
                    Rtnetlink.NETLINK_NETFILTER, 1 << (Rtnetlink.NFNLGRP_NFTABLES - 1), SOCK_NONBLOCK);
            return new NetworkMonitor(network, firewall, new LibC());
        } catch (ErrnoException e) {
            network.close();
            if (firewall != null) {
                firewall.close();
            }
            throw e;
        }
    }

    /**
     * Waits for news, and takes them, or a part of them.
     *
     * @param timeoutMs -1 for no limit
     * @return whether there were any
     */
    public boolean await(int timeoutMs) throws ErrnoException {
        long polled = scratch.address();
        PollFd.set(polled, network.fd(), PollFd.POLLIN);
        PollFd.set(polled + PollFd.SIZE, firewall.fd(), PollFd.POLLIN);
        PollFd.set(polled + 2 * PollFd.SIZE, wakeFd, PollFd.POLLIN);
        int ready = libc.poll(polled, 3, timeoutMs);
        if (ready == -Errno.EINTR) {
            return false;
        }
        ErrnoException.check(ready, "poll netlink");
        int _ = libc.eventfdRead(wakeFd, polled + 3 * PollFd.SIZE);
        boolean hasNews = network.discard(MAX_DATAGRAMS, "read network events");
        return firewall.discard(MAX_DATAGRAMS, "read nftables events") || hasNews;
    }

    /** Ends a wait, from any thread. */
    public void wake() {
        if (!isClosed) {
            int _ = new LibC().eventfdWrite(wakeFd, 1);
        }
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            network.close();
            firewall.close();
            libc.close(wakeFd);
        }
    }
}
