package io.penstock.node.path;

import io.penstock.node.path.core.PingResult;
import io.penstock.node.path.core.Tsmp;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.route.Prefix;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Pings that somebody asked for and that wait for an answer, and the answers to pings inside the tunnel. On the driver's thread. */
final class Pings {
    private static final System.Logger LOG = System.getLogger(Pings.class.getName());

    static final long TIMEOUT_NS = 5_000_000_000L;

    private static final long NO_NUMBER = 0;
    private static final int MAX = 1024; // beyond that the oldest fail early

    private record Waiting(NodeKey peer, Consumer<PingResult> result, long startNs) {}

    private final Entropy entropy;
    private final Predicate<byte[]> inject;
    private final Map<Long, Waiting> waiting = new LinkedHashMap<>(); // the oldest first
    private final Map<Long, Long> byData = new HashMap<>(); // the number, by what is in a ping inside the tunnel
    private Map<NodeKey, Node> nodes = Map.of();
    private Map<Prefix, NodeKey> byAddress = Map.of();
    private List<Prefix> own = List.of();
    private @Nullable NetMap map;
    private long nextNumber = 1;

    /** {@code inject} sends a packet through the tunnel and says whether there was room. */
    Pings(Entropy entropy, Predicate<byte[]> inject) {
        this.entropy = entropy;
        this.inject = inject;
    }

    void onMap(NetMap news) {
        if (map != null && map.self().equals(news.self()) && map.peers().equals(news.peers())) {
            return;
        }
        map = news;
        own = news.self().addresses();
        Map<NodeKey, Node> newNodes = new HashMap<>();
        Map<Prefix, NodeKey> newAddresses = new HashMap<>();
        for (Node node : news.peers().values()) {
            newNodes.put(node.key(), node);
            node.addresses().forEach(address -> newAddresses.put(address, node.key()));
        }
        nodes = newNodes;
        byAddress = newAddresses;
    }

    /** A ping that is about to be sent; its number. */
    long start(NodeKey peer, Consumer<PingResult> result, long nowNs) {
        long number = nextNumber++;
        waiting.put(number, new Waiting(peer, result, nowNs));
        if (waiting.size() > MAX) {
            onDone(
                    waiting.keySet().iterator().next(),
                    new PingResult.Failed("more than " + MAX + " pings are under way"));
        }
        return number;
    }

    void sendTsmp(NodeKey peer, long number) {
        Node node = nodes.get(peer);
        if (node == null) {
            onDone(number, new PingResult.Failed("the map has no such peer"));
            return;
        }
        Prefix[] pair = Tsmp.pair(own, node.addresses());
        if (pair == null) {
            onDone(number, new PingResult.Failed("the peer and this node have no addresses of one family"));
            return;
        }
        byte[] data = new byte[Long.BYTES];
        entropy.fill(data);
        long id = ByteBuffer.wrap(data).getLong();
        byData.put(id, number);
        if (!inject.test(Tsmp.ping(pair[0], pair[1], id))) {
            onDone(number, new PingResult.Failed("the tunnel has no room, or its interface is down"));
        }
    }

    /** A packet of TSMP that came through the tunnel, from whom its source address belongs to. */
    void onPacket(byte[] packet, long nowNs) {
        switch (Tsmp.parse(packet)) {
            case Tsmp.Packet.Ping ping -> {
                if (own.contains(ping.destination()) && byAddress.containsKey(ping.source())) {
                    var _ = inject.test(Tsmp.pong(ping)); // it may get lost like any packet
                }
            }
            case Tsmp.Packet.Pong pong -> {
                long number = byData.getOrDefault(pong.data(), NO_NUMBER);
                Waiting ping = waiting.get(number);
                if (ping != null && ping.peer().equals(byAddress.get(pong.source()))) {
                    onDone(number, new PingResult.InTunnel(Math.max(1, nowNs - ping.startNs())));
                }
            }
            case null -> {} // TSMP's other messages tell of refused connections, which nobody here waits for
        }
    }

    /** The first answer is told, and nothing after it. */
    void onDone(long number, PingResult result) {
        Waiting ping = waiting.remove(number);
        byData.values().removeIf(each -> each == number);
        if (ping != null) {
            try {
                ping.result().accept(result);
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "whoever asked for a ping failed", e);
            }
        }
    }

    void onTime(long nowNs) {
        List<Long> late = new ArrayList<>();
        for (Map.Entry<Long, Waiting> entry : waiting.entrySet()) {
            if (nowNs - entry.getValue().startNs() < TIMEOUT_NS) {
                break;
            }
            late.add(entry.getKey());
        }
        late.forEach(number -> onDone(number, new PingResult.Failed("no answer in 5 s")));
    }

    long leftNs(long nowNs) {
        if (waiting.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long startNs = waiting.values().iterator().next().startNs();
        return Math.max(0, startNs + TIMEOUT_NS - nowNs);
    }
}
