package io.penstock.node.netcheck.core;

import io.penstock.node.core.Deadline;
import io.penstock.node.path.core.PathAction;
import io.penstock.node.path.core.RegionSurvey;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.stun.discovery.NatBehaviour;
import io.penstock.protocol.stun.discovery.NatDiscovery;
import io.penstock.protocol.stun.discovery.ProbeSocket;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.IpText;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One look at the network in front of this host: how far relays are, how the NAT behaves in each family, and what the router speaks,
 * all at once. It ends after the slowest of that, or after twelve seconds.
 *
 * <p>Pure; after each call its owner performs what {@link #poll} gives, and calls {@link #onTime} when {@link #leftNs} is over.
 */
public final class Netcheck {
    static final long NAMES_NS = 3_000_000_000L;
    static final long ROUTER_NS = 5_000_000_000L;
    static final long LIMIT_NS = 12_000_000_000L;

    private static final int DEFAULT_STUN_PORT = 3478;
    private static final int NO_STUN = -1;

    /** Of which eight of each family are asked how the NAT behaves; all are measured. */
    private static final int MAX_SERVERS = 16;

    private final RegionSurvey survey;
    private final @Nullable NatDiscovery v4;
    private final @Nullable NatDiscovery v6;
    private final Queue<NetcheckAction> actions = new ArrayDeque<>();
    private final List<StunServerName> servers; // whose address is not known yet
    private final Set<String> asked = new HashSet<>(); // of the DNS
    private final Deadline namesEnd = new Deadline();
    private final Deadline routerEnd = new Deadline();
    private final Deadline limit = new Deadline();
    private final boolean hasV6;
    private @Nullable PortMapView portMap;

    /**
     * Begins.
     *
     * @param survey of the relays, which may have looked before
     * @param map the same relays, whose STUN servers are asked how the NAT behaves
     * @param others further servers of STUN, asked first: relays' have no second address, as a rule
     * @param asksRouter whether {@link #onPortMap} is called
     */
    public Netcheck(
            RegionSurvey survey,
            DerpMap map,
            Collection<StunServerName> others,
            HostAddresses host,
            boolean asksRouter,
            Entropy entropy,
            long nowNs) {
        this.survey = survey;
        hasV6 = host.hasV6();
        v4 = host.hasV4() ? new NatDiscovery(host.own(false), entropy) : null;
        v6 = hasV6 ? new NatDiscovery(host.own(true), entropy) : null;
        limit.set(nowNs + LIMIT_NS);
        namesEnd.set(nowNs + NAMES_NS);
        if (asksRouter) {
            routerEnd.set(nowNs + ROUTER_NS);
        }
        Set<StunServerName> all = new LinkedHashSet<>(others);
        addRelays(map, all);
        servers = new ArrayList<>(all.stream().limit(MAX_SERVERS).toList());
        for (StunServerName server : List.copyOf(servers)) {
            if (isLiteral(server.host())) {
                servers.remove(server);
                add(literal(server.host()), server.port(), nowNs);
            } else {
                resolve(server.host());
            }
        }
        survey.start(hasV6, nowNs);
        goOn();
    }

    /** By their addresses if the map has them, else by name. */
    private static void addRelays(DerpMap map, Set<StunServerName> servers) {
        Map<Integer, DerpRegion> regions = map.regions() == null ? Map.of() : new TreeMap<>(map.regions());
        for (DerpRegion region : regions.values()) {
            for (DerpNode node : region.nodes()) {
                if (node.stunPort() == NO_STUN) {
                    continue;
                }
                int port = node.stunPort() == 0 ? DEFAULT_STUN_PORT : node.stunPort();
                boolean isNamed = true;
                for (String text : List.of(node.stunTestIp(), node.ipv4(), node.ipv6())) {
                    if (isLiteral(text)) {
                        servers.add(new StunServerName(text, port));
                        isNamed = false;
                    }
                }
                if (isNamed && !node.hostName().isEmpty()) {
                    servers.add(new StunServerName(node.hostName(), port));
                }
            }
        }
    }

    private static boolean isLiteral(String text) {
        try {
            literal(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false; // a name, or "none"
        }
    }

    private static Endpoint literal(String text) {
        if (text.indexOf(':') < 0) {
            return Endpoint.v4(IpText.parse4(text), 0);
        }
        long[] halves = IpText.parse6(text);
        return Endpoint.v6(halves[0], halves[1], 0, 0);
    }

    private void add(Endpoint address, int port, long nowNs) {
        if (address.isV6() && v6 != null) {
            v6.addServer(Endpoint.v6(address.high(), address.low(), port, 0), nowNs);
        } else if (!address.isV6() && v4 != null) {
            v4.addServer(Endpoint.v4((int) address.low(), port), nowNs);
        }
    }

    private void resolve(String hostName) {
        if (asked.add(hostName)) {
            actions.add(new NetcheckAction.Resolve(hostName));
        }
    }

    /** The DNS has answered; the ports mean nothing. Empty if the name has no address. */
    public void onResolved(String hostName, List<Endpoint> addresses, long nowNs) {
        survey.onResolved(hostName, addresses, nowNs);
        for (StunServerName server : List.copyOf(servers)) {
            if (server.host().equals(hostName)) {
                servers.remove(server);
                addresses.forEach(address -> add(address, server.port(), nowNs));
            }
        }
        goOn();
    }

    /** A datagram that came to one of our sockets, of the source's family. */
    public void onDatagram(ProbeSocket at, Endpoint source, byte[] datagram, long nowNs) {
        boolean isTaken = at == ProbeSocket.MAPPING && survey.onStun(source, datagram, nowNs);
        NatDiscovery discovery = source.isV6() ? v6 : v4;
        if (!isTaken && discovery != null) {
            discovery.onDatagram(at, source, datagram, nowNs);
        }
        goOn();
    }

    /** How long a connection to a relay took, or -1 if there was none. */
    public void onConnectTime(int region, long ns, long nowNs) {
        survey.onConnectTime(region, ns, nowNs);
        goOn();
    }

    /** What is known of the router; null if there is none that could be asked. */
    public void onPortMap(@Nullable PortMapView view) {
        portMap = view;
        if (view == null || !view.isSearching()) {
            routerEnd.clear();
        }
    }

    public void onTime(long nowNs) {
        if (namesEnd.take(nowNs)) {
            servers.clear();
        }
        routerEnd.take(nowNs);
        survey.onTime(nowNs);
        if (v4 != null) {
            v4.onTime(nowNs);
        }
        if (v6 != null) {
            v6.onTime(nowNs);
        }
        if (limit.take(nowNs)) {
            if (v4 != null) {
                v4.stop();
            }
            if (v6 != null) {
                v6.stop();
            }
        }
        goOn();
    }

    private void goOn() {
        for (PathAction action = survey.poll(); action != null; action = survey.poll()) {
            switch (action) {
                case PathAction.SendDatagram send ->
                    actions.add(new NetcheckAction.Send(ProbeSocket.MAPPING, send.to(), send.datagram()));
                case PathAction.Resolve wanted -> resolve(wanted.hostName());
                case PathAction.MeasureConnect measure ->
                    actions.add(new NetcheckAction.MeasureConnect(measure.region()));
                default -> throw new AssertionError("a survey has no peers: " + action);
            }
        }
        if (servers.isEmpty()) {
            namesEnd.clear();
        }
        for (NatDiscovery discovery : discoveries()) {
            if (servers.isEmpty()) {
                discovery.onAllServers();
            }
            for (NatDiscovery.Send send = discovery.poll(); send != null; send = discovery.poll()) {
                actions.add(new NetcheckAction.Send(send.from(), send.to(), send.datagram()));
            }
        }
    }

    private List<NatDiscovery> discoveries() {
        List<NatDiscovery> all = new ArrayList<>(2);
        if (v4 != null) {
            all.add(v4);
        }
        if (v6 != null) {
            all.add(v6);
        }
        return all;
    }

    /** Whether there is nothing more to find out. */
    public boolean isDone() {
        boolean isFound =
                discoveries().stream().allMatch(NatDiscovery::isDone) && survey.isDone() && !routerEnd.isSet();
        return isFound || !limit.isSet();
    }

    /** What is known by now; all of it once {@link #isDone}. */
    public NetcheckReport report() {
        return new NetcheckReport(
                v4 == null ? NatBehaviour.NOTHING : v4.behaviour(),
                v6 == null ? NatBehaviour.NOTHING : v6.behaviour(),
                hasV6,
                survey.report(),
                survey.home(),
                portMap);
    }

    /** What to do next, until null. */
    public @Nullable NetcheckAction poll() {
        return actions.poll();
    }

    /** Nanoseconds until {@link #onTime} has something to do. */
    public long leftNs(long nowNs) {
        long leftNs = Math.min(limit.leftNs(nowNs), Math.min(namesEnd.leftNs(nowNs), routerEnd.leftNs(nowNs)));
        leftNs = Math.min(leftNs, survey.leftNs(nowNs));
        for (NatDiscovery discovery : discoveries()) {
            leftNs = Math.min(leftNs, discovery.leftNs(nowNs));
        }
        return leftNs;
    }
}
