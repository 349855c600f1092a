package io.penstock.sim.path;

import io.penstock.protocol.key.NodeKey;
import io.penstock.sim.Timeline;
import io.penstock.sim.Violation;
import io.penstock.sim.net.Addresses;
import io.penstock.sim.net.Datagram;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What must never be, whatever goes wrong; watched all the time. What has to be reached is for {@link PathScenario} to say. */
final class PathChecks {
    static final long TICK_NS = Timeline.SECOND / 4;

    /** With the relay fit to carry it, no traffic is silent for longer, dialling the relay included. */
    static final long LONGEST_SILENCE_NS = 3_500 * Timeline.MS;

    /** Likewise of full packets, where small ones get through: six pings of their length are waited for first, each for a second at most. */
    static final long LONGEST_HOLE_NS = 13 * Timeline.SECOND;

    /** Pings of a node, whatever happens: in any second, for each peer that has traffic. */
    private static final int MAX_BURST_PER_PEER = 48;

    /** Pings of a node over ten seconds, for each peer that has traffic. */
    private static final int MAX_IN_TEN_SECONDS_PER_PEER = 150;

    private static final int STUN_REQUEST_LENGTH = 40;
    private static final int PONG_LENGTH = 110;

    private record Pair(PathNode node, NodeKey peer) {}

    /** Of one node. */
    private static final class Count {
        final Set<Endpoint> seen = new HashSet<>(); // where datagrams have come from
        final int[] pingsOfSecond = new int[10]; // of the last ten
        long second;
        int reports;
        long probes; // all kinds, answers included
    }

    private final PathWorld world;
    private final Set<Endpoint> told = new HashSet<>(); // as theirs, by all nodes, ever
    private final Map<PathNode, Count> counts = new HashMap<>();
    private final Map<Pair, Integer> uses = new HashMap<>();
    private long pings;
    private long worstBurst;

    PathChecks(PathWorld world) {
        this.world = world;
    }

    private Count count(PathNode node) {
        return counts.computeIfAbsent(node, none -> new Count());
    }

    long pings() {
        return pings;
    }

    long worstBurst() {
        return worstBurst;
    }

    /** Everything that was sent of path finding's own accord, by all nodes. */
    long probes() {
        return counts.values().stream().mapToLong(count -> count.probes).sum();
    }

    void onTold(PathNode node, Iterable<Endpoint> endpoints) {
        count(node).reports++;
        endpoints.forEach(told::add);
    }

    /** A STUN server has told somebody that this is his. */
    void onSeen(Endpoint endpoint) {
        told.add(endpoint);
    }

    /** How often a node has told the coordinator something else. */
    int reports(PathNode node) {
        return count(node).reports;
    }

    void onProbeReceived(PathNode node, Datagram datagram) {
        count(node).seen.add(datagram.from());
    }

    void onProbe(PathNode node, Endpoint to, int length) {
        Count count = count(node);
        count.probes++;
        if (length == STUN_REQUEST_LENGTH) {
            boolean isServer = world.relays.stream()
                    .anyMatch(relay -> to.port() == RelayServer.STUN_PORT
                            && relay.host.addresses().contains(Addresses.of(to)));
            if (!isServer) {
                throw new Violation("offered", node + " asks at " + to + ", where no STUN server is");
            }
            return;
        }
        check(node, to);
        if (length != PONG_LENGTH) {
            onPing(node, count);
        }
    }

    private void check(PathNode node, Endpoint to) {
        if (!told.contains(to.withoutLocal()) && !count(node).seen.contains(to.withoutLocal())) {
            throw new Violation("offered", node + " sends to " + to + ", which nobody has offered");
        }
    }

    private void onPing(PathNode node, Count count) {
        pings++;
        long second = world.nowNs() / Timeline.SECOND;
        for (; count.second < second; count.second++) {
            if (count.second + 10 < second) {
                count.second = second - 10;
            }
            count.pingsOfSecond[(int) ((count.second + 1) % 10)] = 0;
        }
        int ofSecond = ++count.pingsOfSecond[(int) (second % 10)];
        int ofTen = 0;
        for (int each : count.pingsOfSecond) {
            ofTen += each;
        }
        worstBurst = Math.max(worstBurst, ofSecond);
        int peers = world.nodes.size() - 1;
        if (ofSecond > MAX_BURST_PER_PEER * peers || ofTen > MAX_IN_TEN_SECONDS_PER_PEER * peers) {
            throw new Violation("rate", node + " sends " + ofSecond + " pings in a second, " + ofTen + " in ten");
        }
    }

    void onRelayedProbe(PathNode node) {
        count(node).probes++;
    }

    void onDataSent(PathNode node, PathNode peer, Endpoint to) {
        if (to.port() == 0) {
            throw new Violation("offered", node + " sends data of " + peer + " to " + to);
        }
        check(node, to);
    }

    void onUse(PathNode node, NodeKey peer, Endpoint endpoint) {
        uses.merge(new Pair(node, peer), 1, Integer::sum);
    }

    /** How often it has changed the path to a peer. */
    int uses(PathNode node, PathNode peer) {
        return uses.getOrDefault(new Pair(node, peer.key), 0);
    }

    void onFlow(Flow flow) {
        flow.there.relayFineSinceNs = -1;
        flow.back.relayFineSinceNs = -1;
    }

    /** From here on looks at all traffic four times a second. */
    void watch() {
        for (Flow flow : world.flows) {
            look(flow, flow.there);
            look(flow, flow.back);
        }
        world.after(TICK_NS, this::watch);
    }

    private void look(Flow flow, Flow.Way way) {
        if (!flow.isUsed(way) || !isRelayFit(way)) {
            way.relayFineSinceNs = -1;
            return;
        }
        long nowNs = world.nowNs();
        if (way.relayFineSinceNs < 0) {
            way.relayFineSinceNs = nowNs;
        }
        long silentNs = nowNs - Math.max(way.relayFineSinceNs, way.lastArrivalNs);
        if (silentNs > LONGEST_SILENCE_NS) {
            throw new Violation(
                    "silence",
                    String.format(
                            "nothing comes from %s to %s for %.2f s until %.2f s, though the relay works; %s is in use; sender: %s; receiver: %s",
                            way.from,
                            way.to,
                            silentNs / 1e9,
                            nowNs / 1e9,
                            way.from.used.get(way.to.key),
                            way.from.existingLink(way.from.core.relayRegion(way.to.key)),
                            way.to.existingLink(way.from.core.relayRegion(way.to.key))));
        }
        long withoutLongNs = nowNs - Math.max(way.relayFineSinceNs, way.lastLongNs);
        if (withoutLongNs > LONGEST_HOLE_NS) {
            throw new Violation(
                    "hole",
                    String.format(
                            "no full packet comes from %s to %s for %.2f s until %.2f s, though the relay works; %s is in use",
                            way.from, way.to, withoutLongNs / 1e9, nowNs / 1e9, way.from.used.get(way.to.key)));
        }
    }

    /** Whether what is sent to the relay arrives: where the sender is told that the receiver is at home, both are connected. */
    boolean isRelayFit(Flow.Way way) {
        if (!way.from.isRunning || !way.to.isRunning) {
            return false;
        }
        int region = way.from.core.relayRegion(way.to.key);
        RelayLink receiver = way.to.existingLink(region);
        return receiver != null
                && receiver.works()
                && Objects.requireNonNull(way.from.link(region)).canWork();
    }
}
