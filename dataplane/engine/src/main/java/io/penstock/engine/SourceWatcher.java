package io.penstock.engine;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netlink.RouteMonitor;
import io.penstock.ffm.netlink.Routes;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sticky sources from sticking too long. We answer from the address at which a peer reaches us; when a route or rule changes so
 * that this would leave by another interface than the peer's packets come in by, the routing table chooses again, as in the
 * kernel (drivers/net/wireguard/socket.c, {@code src_if4}) and wireguard-go. Owned by the control agent, in whose namespace it asks.
 */
final class SourceWatcher implements AutoCloseable {
    /** Between two rounds through the peers, however fast routes change. */
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long NEVER = Long.MAX_VALUE;

    private final Logger log;
    private final RouteMonitor monitor;
    private final Netlink netlink;
    private final Routes routes;
    private boolean hasNews;
    private boolean hasFailed;
    private long nextRoundNs;

    private SourceWatcher(Logger log, RouteMonitor monitor, Netlink netlink) {
        this.log = log;
        this.monitor = monitor;
        this.netlink = netlink;
        routes = new Routes(netlink);
        nextRoundNs = System.nanoTime();
    }

    /** Opens it in the calling thread's network namespace; null if the host does not let us, and then sources stick until they fail. */
    static @Nullable SourceWatcher open(Logger log) {
        RouteMonitor monitor = null;
        try {
            monitor = RouteMonitor.open();
            return new SourceWatcher(log, monitor, Netlink.open());
        } catch (ErrnoException e) {
            if (monitor != null) {
                monitor.close();
            }
            log.log(Level.DEBUG, "changes of routes go unnoticed: {0}", e.getMessage());
            return null;
        }
    }

    /** Readable when routes have changed. */
    int fd() {
        return hasFailed ? -1 : monitor.fd();
    }

    /** Nanoseconds until {@link #doWork} has something to do without {@link #fd} being readable; {@code Long.MAX_VALUE} for never. */
    long dueInNs(long nowNs) {
        return hasNews ? Math.max(0, nextRoundNs - nowNs) : NEVER;
    }

    /** Takes in what has changed, and goes through the peers if it is time. */
    void doWork(boolean isReadable, Iterable<Peer> peers, int mark, long nowNs) {
        try {
            if (isReadable && monitor.drain()) {
                hasNews = true;
            }
            if (hasNews && nowNs - nextRoundNs >= 0) {
                hasNews = false;
                nextRoundNs = nowNs + INTERVAL_NS;
                for (Peer peer : peers) {
                    reconsider(peer, mark);
                }
            }
        } catch (ErrnoException e) {
            hasFailed = true; // or a descriptor that stays readable would keep the agent awake
            hasNews = false;
            log.log(Level.WARNING, "changes of routes go unnoticed from here on: {0}", e.getMessage());
        }
    }

    private void reconsider(Peer peer, int mark) throws ErrnoException {
        Endpoint rejected = peer.rejectedSource();
        if (rejected != null && !leavesElsewhere(rejected, peer.rejectedOn(), mark)) {
            peer.acceptSources();
        }
        Endpoint endpoint = peer.endpoint();
        int arrivedOn = peer.arrivedOn();
        if (endpoint != null && endpoint.hasLocal() && leavesElsewhere(endpoint, arrivedOn, mark)) {
            peer.rejectSource(endpoint, arrivedOn);
        }
    }

    private boolean leavesElsewhere(Endpoint endpoint, int arrivedOn, int mark) throws ErrnoException {
        if (arrivedOn == 0 || endpoint.scopeId() != 0) {
            return false; // unknown, or bound to its link
        }
        boolean v6 = endpoint.isV6();
        InetAddress remote = address(v6, endpoint.high(), endpoint.low());
        InetAddress local = address(v6, endpoint.localHigh(), endpoint.localLow());
        return routes.interfaceTo(remote, local, mark) != arrivedOn;
    }

    private static InetAddress address(boolean v6, long high, long low) {
        byte[] bytes = v6
                ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
                : ByteBuffer.allocate(4).putInt((int) low).array();
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // of 4 or 16 bytes
        }
    }

    @Override
    public void close() {
        monitor.close();
        netlink.close();
    }
}
