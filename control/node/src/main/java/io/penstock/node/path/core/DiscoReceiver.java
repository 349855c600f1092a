package io.penstock.node.path.core;

import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Opens discovery packets and finds out whose they are. Nothing is computed for a key that the map does not name. What is ignored is
 * counted. Owned by {@link PathCore}.
 */
final class DiscoReceiver {
    /** As Tailscale's nodes write it when a ping came through a relay; the port is the region. */
    private static final int RELAY_SOURCE = 0x7f03_0328; // 127.3.3.40

    private static final int MAX_PORT = 0xffff;

    /** A message, and who has sealed it. */
    record Opened(Member from, DiscoMessage message) {}

    private final DiscoBook book;
    private final Members members;
    private final long[] ignored = new long[Ignored.values().length];

    DiscoReceiver(DiscoBook book, Members members) {
        this.book = book;
        this.members = members;
    }

    long count(Ignored reason) {
        return ignored[reason.ordinal()];
    }

    void ignore(Ignored reason) {
        ignored[reason.ordinal()]++;
    }

    /**
     * Opens a packet.
     *
     * @param relayed by whose key the relay got it, null if it came directly
     * @return null if it is to be ignored
     */
    @Nullable Opened open(byte[] packet, @Nullable NodeKey relayed) {
        DiscoKey sender = DiscoPacket.sender(packet);
        Collection<PeerPath> peers = book.peers(sender);
        if (peers.isEmpty()) {
            ignore(Ignored.UNKNOWN_SENDER);
            return null;
        }
        DiscoMessage message = book.open(sender, packet);
        if (message == null) {
            ignore(Ignored.NOT_AUTHENTIC);
            return null;
        }
        Member member = member(sender, peers, relayed, message);
        if (member == null) {
            ignore(unaddressed(message));
            return null;
        }
        return new Opened(member, message);
    }

    /** Whose message it is; the key that sealed it mostly says it, but several nodes can have one. */
    private @Nullable Member member(
            DiscoKey sender, Collection<PeerPath> peers, @Nullable NodeKey relayed, DiscoMessage message) {
        if (relayed != null) {
            Member member = members.get(relayed);
            return member != null && member.path.disco().equals(sender) ? member : null;
        }
        if (message instanceof DiscoMessage.Ping ping && ping.nodeKey() != null) {
            Member member = members.get(ping.nodeKey());
            if (member != null && member.path.disco().equals(sender)) {
                return member;
            }
        }
        if (message instanceof DiscoMessage.Pong pong) {
            for (PeerPath path : peers) {
                if (path.hasSent(pong.id())) {
                    return members.get(path.key());
                }
            }
        }
        return peers.size() == 1 ? members.get(peers.iterator().next().key()) : null;
    }

    private static Ignored unaddressed(DiscoMessage message) {
        if (message instanceof DiscoMessage.Ping) {
            return Ignored.AMBIGUOUS_PING;
        }
        return message instanceof DiscoMessage.CallMeMaybe ? Ignored.CALL_BY_OTHER_WAY : Ignored.UNEXPECTED_PONG;
    }

    /**
     * Gives a message to the path of who has sent it.
     *
     * @param direct where it came from, null if it came through the relay of {@code region}
     */
    void pass(Opened opened, @Nullable Endpoint direct, int region, long nowNs) {
        PeerPath path = opened.from().path;
        Ignored reason =
                switch (opened.message()) {
                    case DiscoMessage.Ping ping ->
                        direct != null
                                ? path.onPing(direct, ping, nowNs)
                                : path.onRelayedPing(
                                        region, ping, Endpoint.v4(RELAY_SOURCE, Math.min(region, MAX_PORT)));
                    case DiscoMessage.Pong pong -> path.onPong(direct, pong, nowNs);
                    case DiscoMessage.CallMeMaybe call ->
                        direct == null ? path.onCall(call.endpoints(), nowNs) : Ignored.CALL_BY_OTHER_WAY;
                    case DiscoMessage.Bind m -> Ignored.PEER_RELAY;
                    case DiscoMessage.BindChallenge m -> Ignored.PEER_RELAY;
                    case DiscoMessage.BindAnswer m -> Ignored.PEER_RELAY;
                    case DiscoMessage.CallMeMaybeVia m -> Ignored.PEER_RELAY;
                    case DiscoMessage.AllocateRequest m -> Ignored.PEER_RELAY;
                    case DiscoMessage.AllocateResponse m -> Ignored.PEER_RELAY;
                };
        if (reason != null) {
            ignore(reason);
        }
    }
}
