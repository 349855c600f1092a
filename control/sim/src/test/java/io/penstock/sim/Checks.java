package io.penstock.sim;

import static io.penstock.wireguard.Protocol.COOKIE_LIFE_NS;
import static io.penstock.wireguard.Protocol.INITIATION_INTERVAL_NS;
import static io.penstock.wireguard.Protocol.KEEPALIVE_TIMEOUT_NS;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.MAX_STAGED_PACKETS;
import static io.penstock.wireguard.Protocol.REJECT_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REJECT_AFTER_TIME_NS;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_TIME_NS;
import static io.penstock.wireguard.Protocol.REKEY_TIMEOUT_JITTER_MAX_NS;
import static io.penstock.wireguard.Protocol.REKEY_TIMEOUT_NS;
import static io.penstock.wireguard.Protocol.REPLAY_WINDOW;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Watches all nodes all the time for what must never be. It knows what the nodes cannot: which datagrams are real and whose,
 * and it keeps its own, naive books.
 */
final class Checks {
    /** What is remembered of a keypair. */
    private static final class Session {
        final long createdNs;
        final int identity;
        final LongHashSet sealed;
        boolean isConfirmed;

        // The naive replay window.
        final LongHashSet received = new LongHashSet(-1);
        long highest = -1;

        Session(long createdNs, int identity, LongHashSet sealed) {
            this.createdNs = createdNs;
            this.identity = identity;
            this.sealed = sealed;
        }
    }

    /** What is remembered of one side's view of a peer. */
    private static final class View {
        @Nullable Endpoint endpoint;

        final Set<Message> initiations = new HashSet<>();
        long lastInitiation;
        long lastInitiationNs = Long.MIN_VALUE / 2;

        /** When it last held keys that nobody has confirmed for long. */
        long unconfirmedNs = Long.MIN_VALUE / 2;
    }

    /**
     * Keys of a session in use are replaced by then: the initiator sends at least a keepalive in every
     * {@code KEEPALIVE_TIMEOUT}, and its initiation may have to wait for a former handshake message of its own.
     */
    private static final long RENEWED_NS =
            REKEY_AFTER_TIME_NS + KEEPALIVE_TIMEOUT_NS + 2 * (REKEY_TIMEOUT_NS + REKEY_TIMEOUT_JITTER_MAX_NS);

    private record Cookie(Node node, int life, int identity, Endpoint source) {}

    private record ViewKey(Node node, PublicKey peer) {}

    private final World world;
    private final IdentityHashMap<Keypair, Session> sessions = new IdentityHashMap<>();
    private final Map<String, LongHashSet> sealedByKey = new HashMap<>();
    private final Map<ViewKey, View> views = new HashMap<>();
    private final Map<Cookie, TreeSet<Long>> cookies = new HashMap<>(); // when each was given
    private final Set<Message> acceptedResponses = new HashSet<>();
    private final byte[] key = new byte[KEY_LENGTH];

    /** The data message that was accepted in this step. */
    private @Nullable Message acceptedData;

    /** The keypair it came on. */
    private @Nullable Keypair acceptedOn;

    private long lastSentNs;
    private boolean isSteady;
    private int crossings;

    Checks(World world) {
        this.world = world;
    }

    // Sealing.

    void onSeal(Node node, Keypair keypair, long counter) {
        Session session = session(node, keypair);
        if (Long.compareUnsigned(counter, REJECT_AFTER_MESSAGES) >= 0) {
            throw new Violation("limits", "node " + node.id + " seals beyond the last counter");
        }
        if (world.nowNs() - session.createdNs >= REJECT_AFTER_TIME_NS) {
            throw new Violation("limits", "node " + node.id + " seals on keys that are too old");
        }
        if (!session.sealed.add(counter)) {
            throw new Violation("nonce", "node " + node.id + " seals twice with counter " + counter);
        }
        if (!keypair.isInitiator() && !session.isConfirmed) {
            throw new Violation("promotion", "a responder, node " + node.id + ", seals on keys nobody has confirmed");
        }
        if (isSteady && world.nowNs() - session.createdNs > RENEWED_NS) {
            throw new Violation("renewal", "node " + node.id + " still seals on keys that should have been renewed");
        }
        if (session.identity != node.identity) {
            throw new Violation("identity", "node " + node.id + " seals on keys of its former identity");
        }
    }

    private Session session(Node node, Keypair keypair) {
        Session known = sessions.get(keypair);
        if (known == null) {
            new UnsafeBuffer(keypair.sendKeyAddress(), KEY_LENGTH).getBytes(0, key);
            // By the key itself: if two keypairs had the same one, their counters would collide.
            LongHashSet sealed =
                    sealedByKey.computeIfAbsent(HexFormat.of().formatHex(key), unknown -> new LongHashSet(-1));
            known = new Session(world.nowNs(), node.identity, sealed);
            sessions.put(keypair, known);
        }
        return known;
    }

    // Opening.

    /** The replay window has judged an authentic data message. */
    void onWindow(Node node, Keypair keypair, long counter, boolean isAccepted, Datagram datagram) {
        Message origin = datagram.origin();
        if (origin == null || origin.type != Data.TYPE || origin.receiver != node) {
            throw new Violation("authenticity", "node " + node.id + " opens " + datagram);
        }
        Session session = session(node, keypair);
        boolean behind = session.highest != -1
                && Long.compareUnsigned(counter, session.highest) < 0
                && Long.compareUnsigned(session.highest - counter, REPLAY_WINDOW) > 0;
        boolean expected = !behind
                && Long.compareUnsigned(counter, REJECT_AFTER_MESSAGES) < 0
                && !session.received.contains(counter);
        if (isAccepted && !expected) {
            throw new Violation(
                    "replay",
                    "node " + node.id + " accepts counter " + Long.toUnsignedString(counter) + ", highest "
                            + Long.toUnsignedString(session.highest));
        }
        if (!isAccepted) {
            if (expected) {
                throw new Violation(
                        "replay",
                        "node " + node.id + " refuses counter " + Long.toUnsignedString(counter) + ", highest "
                                + Long.toUnsignedString(session.highest));
            }
            return;
        }
        if (world.nowNs() - session.createdNs >= REJECT_AFTER_TIME_NS) {
            throw new Violation("limits", "node " + node.id + " opens with keys that are too old");
        }
        session.received.add(counter);
        if (session.highest == -1 || Long.compareUnsigned(counter, session.highest) > 0) {
            session.highest = counter;
        }
        session.isConfirmed = true;
        if (origin.wasAccepted) {
            throw new Violation("replay", "node " + node.id + " accepts again " + origin);
        }
        origin.wasAccepted = true;
        acceptedData = origin;
        acceptedOn = keypair;
    }

    /** A packet goes up to the tunnel. */
    void onDeliver(Node node, Peer peer, byte[] bytes) {
        Packet packet = world.packet(Inner.id(bytes));
        if (packet == null || !Arrays.equals(packet.bytes, bytes)) {
            throw new Violation("delivery", "node " + node.id + " gets a packet that nobody sent");
        }
        if (packet.to != node) {
            throw new Violation("delivery", "node " + node.id + " gets " + packet);
        }
        if (packet.delivered) {
            throw new Violation("delivery", "node " + node.id + " gets twice " + packet);
        }
        Node.PeerConfig owner = ownerOf(node, Inner.source(bytes));
        if (owner == null || owner.node != packet.from || !owner.key.equals(peer.publicKey())) {
            throw new Violation("source", "node " + node.id + " gets " + packet + " from an address that is not its");
        }
        packet.delivered = true;
        packet.from.deliveredSentNs = Math.max(packet.from.deliveredSentNs, packet.sentNs);
        world.note("deliver", node, packet.id, packet);
    }

    /** Longest match, the naive way. */
    private static Node.@Nullable PeerConfig ownerOf(Node node, Inner.Address address) {
        Node.PeerConfig best = null;
        int longest = -1;
        for (Node.PeerConfig config : node.peers) {
            for (Prefix prefix : config.prefixes) {
                if (address.isIn(prefix) && prefix.length() > longest) {
                    best = config;
                    longest = prefix.length();
                }
            }
        }
        return best;
    }

    // Handshakes.

    void onSent(Node node, Message message, Endpoint to) {
        lastSentNs = world.nowNs();
        if (message.type == Initiation.TYPE) {
            node.initiationSentNs = world.nowNs();
            if (isSteady && message.receiver != null) {
                checkCause(node, message.receiver);
            }
        }
        if (message.type == CookieReply.TYPE) {
            Cookie cookie = new Cookie(node, node.life, node.identity, to.withoutLocal());
            cookies.computeIfAbsent(cookie, unknown -> new TreeSet<>()).add(world.nowNs());
        }
    }

    /** While everything works, only an initiator renews keys, and only when they have come to their age. */
    private void checkCause(Node node, Node receiver) {
        Keypair current = node.peer(receiver).current();
        if (current == null || Long.compareUnsigned(current.sendCounter(), REKEY_AFTER_MESSAGES) > 0) {
            return;
        }
        long ageNs = world.nowNs() - session(node, current).createdNs;
        if (ageNs < REJECT_AFTER_TIME_NS && (!current.isInitiator() || ageNs < REKEY_AFTER_TIME_NS)) {
            throw new Violation("renewal", "node " + node.id + " starts a handshake without need");
        }
    }

    /** An event has been dealt with by the node. */
    void onStep(Node node, Node.Step step) {
        Datagram datagram = step.datagram;
        Message accepted = null;
        if (datagram != null) {
            accepted = acceptedHandshake(node, step, datagram);
            checkCookie(node, step, datagram);
            checkFreshInitiation(node, step, datagram);
        }
        for (Node.PeerConfig config : node.peers) {
            Peer peer = node.device().peer(config.key);
            if (peer != null) {
                checkEndpoint(node, config, peer, datagram, accepted);
                note(node, peer.current());
                noteUnconfirmed(node, config, peer.next());
                checkBounds(node, peer);
                if (acceptedOn != null && acceptedOn == peer.next()) {
                    throw new Violation("promotion", "node " + node.id + " does not use keys that were confirmed");
                }
            }
        }
        acceptedData = null;
        acceptedOn = null;
        if (node.device().indexTable().size() > 4 * node.peers.size()) {
            throw new Violation("bounds", "node " + node.id + " keeps more indices than keys");
        }
        if (node.memory().liveRegions() > 2 + 5 * node.peers.size()) {
            throw new Violation("bounds", "node " + node.id + " keeps too many secrets");
        }
    }

    private void note(Node node, @Nullable Keypair keypair) {
        if (keypair != null) {
            session(node, keypair);
        }
    }

    private void noteUnconfirmed(Node node, Node.PeerConfig config, @Nullable Keypair next) {
        if (next != null && world.nowNs() - session(node, next).createdNs > World.SECOND) {
            view(node, config.key).unconfirmedNs = world.nowNs();
        }
    }

    private void checkBounds(Node node, Peer peer) {
        if (node.lane().staged(peer) > MAX_STAGED_PACKETS) {
            throw new Violation("bounds", "node " + node.id + " stages too much");
        }
    }

    /** The handshake message that this step has accepted, if any. */
    private @Nullable Message acceptedHandshake(Node node, Node.Step step, Datagram datagram) {
        Message origin = datagram.origin();
        if (step.response != null) {
            if (origin == null || origin.type != Initiation.TYPE || origin.receiver != node) {
                throw new Violation("authenticity", "node " + node.id + " answers " + datagram);
            }
            acceptInitiation(node, origin);
            return origin;
        }
        if (step.completed && datagram.type() == Response.TYPE) {
            if (origin == null || origin.type != Response.TYPE || origin.receiver != node) {
                throw new Violation("authenticity", "node " + node.id + " ends its handshake by " + datagram);
            }
            acceptResponse(node, origin);
            return origin;
        }
        return null;
    }

    private void acceptInitiation(Node node, Message initiation) {
        View view = view(node, initiation.senderKey);
        if (!view.initiations.add(initiation)) {
            throw new Violation("handshake", "node " + node.id + " accepts again " + initiation);
        }
        if (node.initiationSentNs >= initiation.sentNs) {
            crossings++;
        }
        if (initiation.number < view.lastInitiation && !initiation.sender.hasEverLostStamps) {
            throw new Violation("handshake", "node " + node.id + " accepts late " + initiation);
        }
        if (world.nowNs() - view.lastInitiationNs <= INITIATION_INTERVAL_NS) {
            throw new Violation("handshake", "node " + node.id + " accepts too soon " + initiation);
        }
        view.lastInitiation = initiation.number;
        view.lastInitiationNs = world.nowNs();
    }

    private void acceptResponse(Node node, Message response) {
        Message initiation = response.answers;
        if (initiation == null || initiation.sender != node) {
            throw new Violation("handshake", "node " + node.id + " accepts the answer to another's initiation");
        }
        if (!acceptedResponses.add(response)) {
            throw new Violation("handshake", "node " + node.id + " accepts again " + response);
        }
        if (!Arrays.equals(response.presharedKey, node.config(response.sender).presharedKey)) {
            throw new Violation("handshake", "a session in spite of different pre-shared keys");
        }
    }

    /** Under load only who holds a cookie for exactly this address and port gets through, and no longer than it lives. */
    private void checkCookie(Node node, Node.Step step, Datagram datagram) {
        boolean isHandshake = datagram.type() == Initiation.TYPE || datagram.type() == Response.TYPE;
        if (!isHandshake || !step.underLoad || step.refusedByMac1 || step.refusedByCookie) {
            return;
        }
        if (datagram.bytes().length != (datagram.type() == Initiation.TYPE ? Initiation.LENGTH : Response.LENGTH)) {
            return;
        }
        TreeSet<Long> times = cookies.get(new Cookie(node, node.life, node.identity, datagram.from()));
        // The one it was made with was given before it was sent.
        long usedNs = datagram.origin() == null ? world.nowNs() : datagram.origin().sentNs;
        Long given = times == null ? null : times.floor(usedNs);
        if (given == null || world.nowNs() - given > COOKIE_LIFE_NS) {
            throw new Violation(
                    "cookie", "node " + node.id + " is under load, has given no cookie, and lets pass " + datagram);
        }
        world.count(Fault.COOKIE_USED);
    }

    /** A clock may jump and a process restart: as long as stamps are stored, the latest initiation is never too old. */
    private void checkFreshInitiation(Node node, Node.Step step, Datagram datagram) {
        Message origin = datagram.origin();
        if (!step.refusedAsOld || origin == null || origin.type != Initiation.TYPE) {
            return;
        }
        View view = view(node, origin.senderKey);
        if (origin.number > view.lastInitiation && !origin.isAfterLostStamps) {
            throw new Violation("timestamp", "node " + node.id + " takes for old what is new: " + origin);
        }
    }

    private void checkEndpoint(
            Node node, Node.PeerConfig config, Peer peer, @Nullable Datagram datagram, @Nullable Message handshake) {
        View view = view(node, config.key);
        Endpoint endpoint = peer.endpoint();
        if (Datagram.sameRemote(endpoint, view.endpoint)) {
            return;
        }
        Message origin = datagram == null ? null : datagram.origin();
        boolean isAuthentic = datagram != null
                && origin != null
                && origin.sender == config.node
                && Datagram.sameRemote(endpoint, datagram.from())
                && (origin == handshake || origin == acceptedData);
        if (!isAuthentic) {
            throw new Violation(
                    "roaming",
                    "node " + node.id + " moves its peer from " + view.endpoint + " to " + endpoint + " because of "
                            + datagram);
        }
        view.endpoint = endpoint;
    }

    // For the scenario.

    /** From here on every packet arrives and nothing is done without need; or not any more. */
    void steady(boolean steady) {
        isSteady = steady;
    }

    /**
     * Whether the node holds, or held a moment ago, keys of a handshake that nobody has confirmed: they, not the current
     * ones, stay when it makes new keys as an initiator, and what is under way on the current ones is lost. So it is in
     * Linux and wireguard-go.
     */
    boolean mayForgetCurrent(Node node, Node other) {
        return world.nowNs() - view(node, node.config(other).key).unconfirmedNs < World.SECOND;
    }

    boolean isSteady() {
        return isSteady;
    }

    /** How often both sides have started at the same time, so that both attempts came to nothing. */
    int crossings() {
        return crossings;
    }

    /** When any node last sent anything. */
    long lastSentNs() {
        return lastSentNs;
    }

    // Configuration.

    void onConfigured(Node node, Node.PeerConfig config, Peer peer) {
        view(node, config.key).endpoint = peer.endpoint();
    }

    void onEndpointSet(Node node, Node.PeerConfig config) {
        view(node, config.key).endpoint = config.endpoint;
    }

    /** All that the node knew of the peer is forgotten. */
    void onPeerRemoved(Node node, Node.PeerConfig config) {
        views.remove(new ViewKey(node, config.key));
    }

    void onRestart(Node node) {
        views.keySet().removeIf(known -> known.node == node);
    }

    private View view(Node node, PublicKey peer) {
        return views.computeIfAbsent(new ViewKey(node, peer), unknown -> new View());
    }
}
