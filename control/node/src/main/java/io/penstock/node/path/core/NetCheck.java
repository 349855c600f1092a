package io.penstock.node.path.core;

import io.penstock.node.core.Deadline;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One look at the network: asks relays by STUN from where our datagrams come and how far away they are. Where none answers, how
 * long it takes to connect tells the latter. Ends with a {@link CheckReport}. Owned by {@link OwnEndpoints}.
 */
final class NetCheck {
    static final long STUN_PHASE_NS = 3_000_000_000L;
    static final long CONNECT_PHASE_NS = 5_000_000_000L;
    static final long PROBE_GAP_NS = 100_000_000L;
    static final int PROBES = 3;

    private static final int ENOUGH_REGIONS = 3;
    private static final long LEAST_PATIENCE_NS = 50_000_000L;
    private static final long NAME_RETRY_NS = 50_000_000L;

    /** A request to be sent. */
    private record Probe(int region, DerpNode node, boolean v6, long dueNs) {}

    private record Sent(int region, Endpoint to, long sentNs) {}

    private final RelayMapView relays;
    private final StunNames names;
    private final Entropy entropy;
    private final Queue<PathAction> actions;
    private final Set<Integer> regions;
    private final int enough;
    private final List<Probe> probes = new ArrayList<>();
    private final Map<TransactionId, Sent> sent = new HashMap<>(); // at most one for each probe
    private final Map<Integer, Long> v4 = new TreeMap<>();
    private final Map<Integer, Long> v6 = new TreeMap<>();
    private final Map<Integer, Long> connect = new TreeMap<>();
    private final Set<Integer> connecting = new HashSet<>();
    private final Set<Endpoint> mapped = new LinkedHashSet<>();
    private final Set<Endpoint> servers4 = new HashSet<>(); // that have answered
    private final Set<Endpoint> mapped4 = new HashSet<>();
    private final Deadline end = new Deadline();
    private boolean isConnectPhase;
    private boolean isUdpTried;
    private @Nullable CheckReport report;

    /**
     * Begins.
     *
     * @param regions to be measured
     * @param expected how many of them are thought to answer; there is no waiting for more
     * @param hasV6 whether the host has an IPv6 address of the whole internet
     * @param actions where what is to be done is put
     */
    NetCheck(
            RelayMapView relays,
            Set<Integer> regions,
            int expected,
            boolean hasV6,
            StunNames names,
            Entropy entropy,
            Queue<PathAction> actions,
            long nowNs) {
        this.relays = relays;
        this.regions = Set.copyOf(regions);
        enough = Math.clamp(expected, 1, ENOUGH_REGIONS);
        this.names = names;
        this.entropy = entropy;
        this.actions = actions;
        for (int region : regions) {
            plan(region, false, nowNs);
            if (hasV6) {
                plan(region, true, nowNs);
            }
        }
        end.set(nowNs + (probes.isEmpty() ? 0 : STUN_PHASE_NS));
        onTime(nowNs);
    }

    private void plan(int region, boolean isV6, long nowNs) {
        List<DerpNode> nodes = relays.stunNodes(region).stream()
                .filter(node -> RelayMapView.isByName(node, isV6) || RelayMapView.literal(node, isV6) != null)
                .toList();
        for (int i = 0; i < PROBES && !nodes.isEmpty(); i++) {
            probes.add(new Probe(region, nodes.get(i % nodes.size()), isV6, nowNs + i * PROBE_GAP_NS));
        }
    }

    /** What it found, once it has ended. */
    @Nullable CheckReport report() {
        return report;
    }

    void onTime(long nowNs) {
        if (report != null) {
            return;
        }
        sendDue(nowNs);
        if (end.take(nowNs)) {
            onEnd(nowNs);
        }
    }

    private void sendDue(long nowNs) {
        List<Probe> later = new ArrayList<>();
        for (Iterator<Probe> all = probes.iterator(); all.hasNext(); ) {
            Probe probe = all.next();
            if (isUseless(probe)) {
                all.remove();
            } else if (nowNs - probe.dueNs() >= 0) {
                all.remove();
                Endpoint to = address(probe, nowNs);
                if (to != null) {
                    send(probe, to, nowNs);
                } else if (RelayMapView.isByName(probe.node(), probe.v6())
                        && !names.isUnknown(probe.node().hostName())) {
                    later.add(new Probe(probe.region(), probe.node(), probe.v6(), nowNs + NAME_RETRY_NS));
                }
            }
        }
        probes.addAll(later);
    }

    /** One answer of a region is enough, but for a second server that tells whether our address is the same for it. */
    private boolean isUseless(Probe probe) {
        if (!(probe.v6() ? v6 : v4).containsKey(probe.region())) {
            return false;
        }
        Endpoint to = RelayMapView.literal(probe.node(), probe.v6());
        return probe.v6() || servers4.size() >= 2 || to == null || servers4.contains(to);
    }

    private @Nullable Endpoint address(Probe probe, long nowNs) {
        if (RelayMapView.isByName(probe.node(), probe.v6())) {
            return names.address(probe.node(), probe.v6(), nowNs);
        }
        return RelayMapView.literal(probe.node(), probe.v6());
    }

    private void send(Probe probe, Endpoint to, long nowNs) {
        TransactionId id = TransactionId.random(entropy);
        sent.put(id, new Sent(probe.region(), to, nowNs));
        isUdpTried = true;
        actions.add(new PathAction.SendDatagram(to, BindingRequest.encode(id)));
    }

    /** A datagram that looks like STUN. False if it is not an answer to one of ours. */
    boolean onStun(Endpoint source, byte[] datagram, long nowNs) {
        BindingResponse.Mapped answer = BindingResponse.parse(ByteBuffer.wrap(datagram));
        if (answer == null || report != null || isConnectPhase) {
            return false;
        }
        Sent request = sent.get(answer.id());
        if (request == null || !request.to().isSameRemote(source)) {
            return false;
        }
        sent.remove(answer.id());
        long roundTripNs = Math.max(1, nowNs - request.sentNs());
        boolean isV6 = request.to().isV6();
        (isV6 ? v6 : v4).merge(request.region(), roundTripNs, Math::min);
        mapped.add(answer.mapped());
        if (!isV6) {
            servers4.add(request.to());
            mapped4.add(answer.mapped());
        }
        Set<Integer> answered = new HashSet<>(v4.keySet());
        answered.addAll(v6.keySet());
        if (answered.size() >= enough) {
            long patienceNs = Math.max(LEAST_PATIENCE_NS, 2 * slowestNs());
            if (end.leftNs(nowNs) > patienceNs) {
                end.set(nowNs + patienceNs);
            }
        }
        return true;
    }

    private long slowestNs() {
        long slowest = 0;
        for (long ns : v4.values()) {
            slowest = Math.max(slowest, ns);
        }
        for (long ns : v6.values()) {
            slowest = Math.max(slowest, ns);
        }
        return slowest;
    }

    private void onEnd(long nowNs) {
        boolean isNothingFound = v4.isEmpty() && v6.isEmpty();
        if (isNothingFound && !isConnectPhase && !regions.isEmpty()) {
            isConnectPhase = true;
            connecting.addAll(regions);
            regions.forEach(region -> actions.add(new PathAction.MeasureConnect(region)));
            end.set(nowNs + CONNECT_PHASE_NS);
            return;
        }
        finish();
    }

    /** How long a connection to a relay took, or -1 if there was none. */
    void onConnectTime(int region, long ns, long nowNs) {
        if (report != null || !connecting.remove(region)) {
            return;
        }
        if (ns >= 0) {
            connect.put(region, Math.max(1, ns));
        }
        if (connecting.isEmpty()) {
            finish();
        }
    }

    private void finish() {
        end.clear();
        probes.clear();
        sent.clear();
        Boolean varies = servers4.size() < 2 ? null : (Boolean) (mapped4.size() > 1);
        report = new CheckReport(v4, v6, connect, List.copyOf(mapped), varies, isUdpTried);
    }

    long leftNs(long nowNs) {
        long leftNs = end.leftNs(nowNs);
        for (Probe probe : probes) {
            leftNs = Math.min(leftNs, Math.max(0, probe.dueNs() - nowNs));
        }
        return leftNs;
    }
}
