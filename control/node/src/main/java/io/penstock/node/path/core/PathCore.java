package io.penstock.node.path.core;

import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.disco.DatagramKind;
import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The paths to all peers of a node, and where the node itself is. What comes from the network is the work of strangers until it
 * was opened with a key that the map names. A bad packet changes nothing and is counted. Pure: for the one thread that carries
 * its actions out, to be asked for them after each call.
 */
public final class PathCore {
    private final Entropy entropy;
    private final DiscoBook book;
    private final AddressRules rules;
    private final Surroundings around;
    private final OwnEndpoints own;
    private final Queue<PathAction> actions = new ArrayDeque<>(); // drained after each input
    private final Members members = new Members();
    private final DiscoReceiver receiver;
    private final Set<Member> toCall = new LinkedHashSet<>(); // when our own endpoints are fresh
    private final Set<Integer> downRegions = new HashSet<>();
    private NodeKey ownKey = NodeKey.ZERO;

    /**
     * Without peers yet.
     *
     * @param disco private, for discovery; stays the caller's
     */
    public PathCore(X25519 x25519, Entropy entropy, PrivateKey disco, PathSettings settings) {
        this.entropy = entropy;
        book = new DiscoBook(x25519, entropy, disco);
        receiver = new DiscoReceiver(book, members);
        rules = new AddressRules(settings.usesLoopback());
        around = new Surroundings(rules);
        own = new OwnEndpoints(settings, book.own(), rules, entropy, actions);
    }

    /** The public key that peers have to be told. */
    public DiscoKey discoKey() {
        return book.own();
    }

    /** What is next to be done, null if nothing is. */
    public @Nullable PathAction poll() {
        return actions.poll();
    }

    /** How often a packet was ignored for this reason. */
    public long ignored(Ignored reason) {
        return receiver.count(reason);
    }

    /** A map; what did not change since the last one costs a comparison for each peer. */
    public void onMap(NetMap map, long nowNs) {
        boolean isOtherKey = !map.self().key().equals(ownKey);
        ownKey = map.self().key();
        boolean isOtherSet = isOtherKey;
        Set<NodeKey> keys = new HashSet<>();
        for (Node node : map.peers().values()) {
            keys.add(node.key());
            Member member = members.get(node.key());
            isOtherSet |= member == null || !member.node.addresses().equals(node.addresses());
        }
        isOtherSet |= keys.size() != members.all().size();
        if (isOtherSet) {
            List<Prefix> addresses = new ArrayList<>(map.self().addresses());
            map.peers().values().forEach(node -> addresses.addAll(node.addresses()));
            rules.setMembers(addresses);
        }
        renewKeys(map, keys);
        for (Member member : List.copyOf(members.all())) {
            if (!keys.contains(member.path.key())) {
                remove(member);
            }
        }
        for (Node node : map.peers().values()) {
            onNode(node, isOtherKey, nowNs);
        }
        if (isOtherSet) {
            onRules(nowNs);
        }
        if (map.derpMap() != null) {
            own.onRelays(map.derpMap(), nowNs);
        }
    }

    /** Who is the same node with another key is where it was. */
    private void renewKeys(NetMap map, Set<NodeKey> keys) {
        for (Member member : List.copyOf(members.all())) {
            Node node = keys.contains(member.key()) ? null : map.peers().get(member.node.id());
            if (node != null && node.discoKey().equals(member.path.disco()) && members.get(node.key()) == null) {
                members.renew(member, node.key());
            }
        }
    }

    private void remove(Member member) {
        book.remove(member.path.disco(), member.path);
        member.path.free();
        members.remove(member);
        toCall.remove(member);
    }

    private void onNode(Node node, boolean isOtherKey, long nowNs) {
        Member member = members.get(node.key());
        if (member == null) {
            member = members.add(new PeerPath(node.key(), members.nextRelayId(), entropy, around), node);
        } else if (member.node.equals(node) && !isOtherKey) {
            return;
        }
        PeerPath path = member.path;
        member.node = node;
        boolean isOtherDisco = !path.disco().equals(node.discoKey());
        if (isOtherDisco) {
            book.remove(path.disco(), path);
        }
        boolean wasActive = path.isActive();
        int region = member.homeRegion();
        path.onNode(node.discoKey(), region, node.endpoints(), node.isWireGuardOnly(), ownKey, nowNs);
        path.onRelay(!downRegions.contains(region), nowNs);
        if (isOtherDisco) {
            book.add(node.discoKey(), path);
        }
        drain(member, wasActive, nowNs);
    }

    /** Networks that are reached through the tunnel, so that no endpoint is in them. */
    public void onRoutes(List<Prefix> throughTunnel, long nowNs) {
        rules.setRoutes(throughTunnel);
        onRules(nowNs);
    }

    private void onRules(long nowNs) {
        for (Member member : members.all()) {
            boolean wasActive = member.path.isActive();
            member.path.onRules(member.node.endpoints(), nowNs);
            drain(member, wasActive, nowNs);
        }
        own.onRules();
    }

    /** The tunnel's port, 0 while its interface is down. */
    public void onPort(int port, long nowNs) {
        own.onPort(port, nowNs);
    }

    /** The longest packet that goes into the tunnel: paths have to carry it. */
    public void onTunnelMtu(int bytes) {
        around.setTunnelMtu(bytes);
    }

    /**
     * The host's addresses, those of our own interface left out.
     *
     * @param addresses with any port
     * @param hasV6Stack whether the host's system knows IPv6
     */
    public void onLocalAddresses(List<Endpoint> addresses, boolean hasV6Stack, long nowNs) {
        own.onLocal(addresses, hasV6Stack, nowNs);
    }

    /** What the router has been asked for, and gave. */
    public void onPortMap(PortMapView view) {
        own.onPortMap(view);
    }

    /** The host may be in another network: whatever was found out about paths is found out again. */
    public void onLinkChanged(long nowNs) {
        own.onLinkChanged(nowNs);
        for (Member member : members.all()) {
            boolean wasActive = member.path.isActive();
            member.path.onLinkChanged(nowNs);
            drain(member, wasActive, nowNs);
        }
    }

    /** The interface was made anew: says again which endpoints are in use. */
    public void repeatEndpoints(long nowNs) {
        for (Member member : members.all()) {
            member.path.repeatUse();
            drain(member, member.path.isActive(), nowNs);
        }
    }

    /** There is a connection to the relay of a region, or none can be had. */
    public void onRelay(int region, boolean isUp, long nowNs) {
        boolean isNews = isUp ? downRegions.remove(region) : downRegions.add(region);
        own.onRelay(region, isUp, nowNs);
        if (isNews) {
            for (Member member : members.all()) {
                if (member.path.region() == region) {
                    boolean wasActive = member.path.isActive();
                    member.path.onRelay(isUp, nowNs);
                    drain(member, wasActive, nowNs);
                }
            }
        }
    }

    /** A relay has heard of a node: it can be reached there, or is not there any more. */
    public void onRelayedPeer(int region, NodeKey key, boolean isThere, long nowNs) {
        Member member = members.get(key);
        if (member != null) {
            boolean wasActive = member.path.isActive();
            member.path.onRegion(isThere ? region : 0, nowNs);
            drain(member, wasActive, nowNs);
        }
    }

    /** The answer to {@link PathAction.Resolve}; the ports mean nothing. Empty if there is none. */
    public void onResolved(String hostName, List<Endpoint> addresses, long nowNs) {
        own.onResolved(hostName, addresses, nowNs);
        onTime(nowNs);
    }

    /** The answer to {@link PathAction.MeasureConnect}; negative if there was no connection. */
    public void onConnectTime(int region, long ns, long nowNs) {
        own.onConnectTime(region, ns, nowNs);
        onTime(nowNs);
    }

    /** Packets were sent to a peer, or came from it, as a tunnel tells once a second. */
    public void onTraffic(NodeKey peer, boolean hasSent, boolean hasReceived, long nowNs) {
        Member member = members.get(peer);
        if (member != null) {
            boolean wasActive = member.path.isActive();
            member.path.onTraffic(hasSent, hasReceived, nowNs);
            own.onActive(nowNs);
            drain(member, wasActive, nowNs);
        }
    }

    /** A datagram that is no WireGuard message came to the tunnel's port. */
    public void onDatagram(Endpoint source, byte[] datagram, long nowNs) {
        switch (DatagramKind.of(datagram, 0, datagram.length)) {
            case STUN -> {
                if (own.onStun(source, datagram, nowNs)) {
                    onTime(nowNs);
                } else {
                    receiver.ignore(Ignored.UNEXPECTED_STUN);
                }
            }
            case DISCO -> onDisco(source, null, 0, datagram, nowNs);
            case GENEVE -> receiver.ignore(Ignored.PEER_RELAY);
            case WIREGUARD, OTHER -> receiver.ignore(Ignored.OTHER_DATAGRAM);
        }
    }

    /** A discovery packet came through the relay of a region, which says by whose key it was sent. */
    public void onRelayPacket(int region, NodeKey source, byte[] packet, long nowNs) {
        if (DiscoPacket.looksLikeOne(packet, 0, packet.length)) {
            onDisco(null, source, region, packet, nowNs);
        } else {
            receiver.ignore(Ignored.OTHER_DATAGRAM);
        }
    }

    private void onDisco(@Nullable Endpoint direct, @Nullable NodeKey relayed, int region, byte[] packet, long nowNs) {
        DiscoReceiver.Opened opened = receiver.open(packet, relayed);
        if (opened == null) {
            return;
        }
        Member member = opened.from();
        boolean wasActive = member.path.isActive();
        if (relayed != null) {
            member.path.onRegion(region, nowNs);
        }
        receiver.pass(opened, direct, region, nowNs);
        drain(member, wasActive, nowNs);
    }

    /** The system would not send a datagram there. */
    public void onSendFailed(Endpoint to, long nowNs) {
        for (Member member : members.all()) {
            boolean wasActive = member.path.isActive();
            member.path.onSendFailed(to, nowNs);
            drain(member, wasActive, nowNs);
        }
    }

    /** Pings a peer by disco; {@link PathAction.PingDone} with this number follows for each answer, and if nothing could be sent. */
    public void ping(NodeKey peer, long number, long nowNs) {
        Member member = members.get(peer);
        if (member == null) {
            actions.add(new PathAction.PingDone(number, new PingResult.Failed("the map has no such peer")));
            return;
        }
        boolean wasActive = member.path.isActive();
        String reason = member.path.ping(number, nowNs);
        if (reason != null) {
            actions.add(new PathAction.PingDone(number, new PingResult.Failed(reason)));
        }
        own.onActive(nowNs);
        drain(member, wasActive, nowNs);
    }

    public void onTime(long nowNs) {
        for (Member member = members.takeDue(nowNs); member != null; member = members.takeDue(nowNs)) {
            boolean wasActive = member.path.isActive();
            member.path.onTime(nowNs);
            drain(member, wasActive, nowNs);
        }
        if (own.onTime(members.isAnyActive(), nowNs)) {
            List<Member> calling = List.copyOf(toCall);
            toCall.clear();
            calling.forEach(member -> call(member.path));
        }
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} for never. */
    public long leftNs(long nowNs) {
        return Math.min(members.leftNs(nowNs), own.leftNs(nowNs));
    }

    private void drain(Member member, boolean wasActive, long nowNs) {
        PeerPath path = member.path;
        members.onActive(wasActive, path.isActive());
        for (PeerAction action = path.poll(); action != null; action = path.poll()) {
            switch (action) {
                case PeerAction.Send send -> {
                    byte[] datagram = book.seal(send.message(), path.disco());
                    if (datagram != null) {
                        actions.add(new PathAction.SendDatagram(send.to(), datagram));
                    }
                }
                case PeerAction.SendWhole send -> {
                    byte[] datagram = book.seal(send.message(), path.disco());
                    if (datagram != null) {
                        actions.add(new PathAction.SendWhole(send.to(), datagram));
                    }
                }
                case PeerAction.SendRelayed send -> sendRelayed(path, send.region(), send.message());
                case PeerAction.Call call -> {
                    if (own.isFresh(nowNs)) {
                        call(path);
                    } else {
                        toCall.add(member);
                        own.refresh(nowNs);
                    }
                }
                case PeerAction.Use use -> actions.add(new PathAction.UseEndpoint(path.key(), use.endpoint()));
                case PeerAction.Done done -> actions.add(new PathAction.PingDone(done.number(), done.result()));
            }
        }
        members.schedule(member, nowNs);
    }

    private void call(PeerPath path) {
        sendRelayed(path, 0, new DiscoMessage.CallMeMaybe(own.forCall()));
    }

    private void sendRelayed(PeerPath path, int wanted, DiscoMessage message) {
        int region = wanted == 0 ? path.region() : wanted;
        byte[] packet = region == 0 ? null : book.seal(message, path.disco());
        if (packet != null) {
            actions.add(new PathAction.SendRelayed(region, path.key(), packet));
        }
    }

    /** Number of the relay endpoint of a peer, 0 if there is no such peer. */
    public long relayId(NodeKey peer) {
        Member member = members.get(peer);
        return member == null ? 0 : member.path.relayId();
    }

    /** The peer whose relay endpoint has this number, or null. */
    public @Nullable NodeKey relayedPeer(long relayId) {
        Member member = members.ofRelay(relayId);
        return member == null ? null : member.path.key();
    }

    /** The region where a peer is reached by relay, 0 for none. */
    public int relayRegion(NodeKey peer) {
        Member member = members.get(peer);
        return member == null ? 0 : member.path.region();
    }

    /** The region of our home relay, 0 while there is none. */
    public int home() {
        return own.home();
    }

    /** The paths to all peers. */
    public Map<NodeKey, PathView> views(long nowNs) {
        Map<NodeKey, PathView> views = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        members.all().forEach(member -> views.put(member.key(), member.path.view(nowNs)));
        return views;
    }

    /** The path to one peer, or null if there is no such peer. */
    public @Nullable PathView view(NodeKey peer, long nowNs) {
        Member member = members.get(peer);
        return member == null ? null : member.path.view(nowNs);
    }

    /** All that is known of the path to one peer, or null if there is no such peer. */
    public @Nullable PathDetail detail(NodeKey peer, long nowNs) {
        Member member = members.get(peer);
        return member == null ? null : member.path.detail(nowNs);
    }
}
