package io.penstock.node.portmap.core;

import io.penstock.node.core.Deadline;
import io.penstock.protocol.portmap.NatPmp;
import io.penstock.protocol.portmap.Pcp;
import io.penstock.protocol.portmap.Ssdp;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has the router lead a port of its outside to our UDP port, in whichever way it understands. All ways are looked for at once;
 * the first in the order of {@link PortMapKind} that is there is asked, and the next one if it refuses. When none has given a
 * mapping, or one is lost, the search begins again after a while.
 *
 * <p>Whatever the router says is doubted: answers count only from its address and only while one is awaited, addresses that
 * cannot be reached from outside are refused, ports and times are bounded.
 *
 * <p>Pure; owned by whoever drives it: after each call it performs what {@link #poll} gives, and calls {@link #onTime} when
 * {@link #leftNs} is over.
 */
public final class PortMapper {
    /** So long after the first way is there, a better one is waited for. */
    static final long PATIENCE_NS = 300_000_000L;

    static final long AGAIN_FIRST_NS = 60_000_000_000L;
    static final long AGAIN_MOST_NS = 600_000_000_000L;

    private final Set<PortMapKind> allowed;
    private final Entropy entropy;
    private final boolean isLookOnly;
    private final Queue<PortMapAction> actions = new ArrayDeque<>();
    private final Deadline patience = new Deadline();
    private final Deadline again = new Deadline();
    private final Set<PortMapKind> tried = EnumSet.noneOf(PortMapKind.class);
    private @Nullable NatPmpWay natPmp;
    private @Nullable PcpWay pcp;
    private @Nullable UpnpWay upnp;
    private List<Way> ways = List.of(); // that may be spoken, the one we prefer first
    private @Nullable Way chosen;
    private @Nullable Endpoint told;
    private long againNs = AGAIN_FIRST_NS;
    private long requests; // also of routers before this one
    private boolean hasGateway;
    private int gateway;
    private int own;
    private int port;

    /** @param allowed the protocols that may be spoken */
    public PortMapper(Set<PortMapKind> allowed, Entropy entropy) {
        this(allowed, entropy, false);
    }

    private PortMapper(Set<PortMapKind> allowed, Entropy entropy, boolean isLookOnly) {
        this.allowed = Set.copyOf(allowed);
        this.entropy = entropy;
        this.isLookOnly = isLookOnly;
    }

    /** One that finds out which ways there are, once, and asks for no mapping; {@link #onPort} is not called. */
    public static PortMapper looking(Entropy entropy) {
        return new PortMapper(EnumSet.allOf(PortMapKind.class), entropy, true);
    }

    /**
     * The router, from here on. A mapping of another one is forgotten: it cannot be ended from here any more.
     *
     * @param newGateway its IPv4 address
     * @param newOwn the host's, in the same network
     */
    public void onGateway(int newGateway, int newOwn, long nowNs) {
        if (hasGateway && newGateway == gateway && newOwn == own) {
            return;
        }
        hasGateway = true;
        gateway = newGateway;
        own = newOwn;
        againNs = AGAIN_FIRST_NS;
        start(nowNs);
    }

    /** There is no router that could be asked. */
    public void onNoGateway() {
        hasGateway = false;
        stop();
    }

    /** The UDP port that peers send to; 0 if there is none. */
    public void onPort(int newPort, long nowNs) {
        if (newPort == port) {
            return;
        }
        if (chosen != null) {
            chosen.release();
        }
        port = newPort;
        againNs = AGAIN_FIRST_NS;
        start(nowNs);
    }

    /** Ends the mapping, if there is one; nothing is done afterwards. */
    public void close() {
        if (chosen != null) {
            chosen.release();
        }
        hasGateway = false;
        stop();
    }

    private void stop() {
        natPmp = null;
        pcp = null;
        upnp = null;
        ways = List.of();
        chosen = null;
        patience.clear();
        again.clear();
        tried.clear();
        tell();
    }

    private void start(long nowNs) {
        stop();
        if (!hasGateway || (port == 0 && !isLookOnly)) {
            return;
        }
        pcp = new PcpWay(own, entropy, actions);
        natPmp = new NatPmpWay(actions);
        upnp = new UpnpWay(gateway, own, entropy, () -> ++requests, actions);
        ways = Stream.of(pcp, natPmp, upnp)
                .filter(way -> allowed.contains(way.kind()))
                .toList();
        ways.forEach(way -> way.search(nowNs));
    }

    /** A datagram that came to the socket from which requests are sent. */
    public void onDatagram(Endpoint source, byte[] datagram, long nowNs) {
        if (natPmp == null || pcp == null || upnp == null || source.isV6() || (int) source.low() != gateway) {
            return; // of strangers
        }
        if (source.port() == NatPmp.PORT) {
            Pcp.Response ofPcp = Pcp.parse(datagram);
            NatPmp.Response ofNatPmp = NatPmp.parse(datagram);
            if (ofPcp != null) {
                pcp.onResponse(ofPcp, nowNs);
            } else if (ofNatPmp != null && ofNatPmp.result() != NatPmp.UNSUPPORTED_VERSION) {
                natPmp.onResponse(ofNatPmp, nowNs);
            } else if (Pcp.isRefusalOfVersion(datagram)) {
                pcp.onVersionRefused();
            }
        } else {
            Ssdp.Device device = Ssdp.parse(datagram);
            if (device != null) {
                upnp.onDevice(device);
            }
        }
        goOn(nowNs);
    }

    /**
     * What came of a {@link PortMapAction.Request}.
     *
     * @param status of HTTP; 0 if there was no answer
     */
    public void onHttp(long number, int status, byte[] body, long nowNs) {
        if (upnp != null) {
            upnp.onHttp(number, status, body, nowNs);
            goOn(nowNs);
        }
    }

    public void onTime(long nowNs) {
        if (again.take(nowNs)) {
            start(nowNs);
        }
        ways.forEach(way -> way.onTime(nowNs));
        goOn(nowNs);
    }

    private void goOn(long nowNs) {
        if (chosen != null && chosen.stage() == Way.Stage.REFUSED) {
            tried.add(chosen.kind());
            chosen = null;
        }
        if (chosen == null) {
            if (!isLookOnly) {
                choose(nowNs);
            }
        } else if (chosen.stage() == Way.Stage.MAPPED) {
            againNs = AGAIN_FIRST_NS;
        }
        tell();
    }

    private void choose(long nowNs) {
        Way best = null;
        boolean isBetterAwaited = false;
        boolean isAnyAwaited = false;
        for (Way way : ways) {
            if (way.stage() == Way.Stage.SEARCHING) {
                isBetterAwaited |= best == null;
                isAnyAwaited = true;
            } else if (best == null && way.stage() == Way.Stage.THERE && !tried.contains(way.kind())) {
                best = way;
            }
        }
        if (best == null) {
            if (!isAnyAwaited && !ways.isEmpty() && !again.isSet()) {
                again.set(nowNs + againNs);
                againNs = Math.min(2 * againNs, AGAIN_MOST_NS);
            }
            return;
        }
        if (isBetterAwaited && !patience.isSet()) {
            patience.set(nowNs + PATIENCE_NS);
        }
        if (!isBetterAwaited || patience.isDue(nowNs)) {
            patience.clear();
            chosen = best;
            best.map(port, nowNs);
            if (best.stage() == Way.Stage.REFUSED) {
                goOn(nowNs);
            }
        }
    }

    private void tell() {
        Endpoint external = chosen == null ? null : chosen.external();
        if (!Objects.equals(external, told)) {
            told = external;
            actions.add(new PortMapAction.Changed(external));
        }
    }

    /** How far it got. */
    public PortMapView view() {
        Set<PortMapKind> there = EnumSet.noneOf(PortMapKind.class);
        Map<PortMapKind, String> refusals = new EnumMap<>(PortMapKind.class);
        boolean isSearching = false;
        for (Way way : ways) {
            switch (way.stage()) {
                case SEARCHING -> isSearching = true;
                case ABSENT -> {}
                case THERE, ASKING, MAPPED -> there.add(way.kind());
                case REFUSED -> {
                    there.add(way.kind());
                    refusals.put(way.kind(), way.refusal());
                }
            }
        }
        boolean isAsking = chosen != null && chosen.stage() == Way.Stage.ASKING;
        PortMapKind kind = told == null || chosen == null ? null : chosen.kind();
        return new PortMapView(isSearching || isAsking, there, kind, told, refusals);
    }

    /** What to do next, until null. */
    public @Nullable PortMapAction poll() {
        return actions.poll();
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} if never. */
    public long leftNs(long nowNs) {
        long leftNs = again.leftNs(nowNs);
        if (chosen == null) {
            leftNs = Math.min(leftNs, patience.leftNs(nowNs));
        }
        for (Way way : ways) {
            leftNs = Math.min(leftNs, way.leftNs(nowNs));
        }
        return leftNs;
    }
}
