package io.penstock.wireguard;

import io.penstock.wireguard.noise.CookieChecker;
import io.penstock.wireguard.noise.InitiationConsumer;
import io.penstock.wireguard.noise.Noise;
import io.penstock.wireguard.noise.StaticIdentity;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.HandshakeMessage;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.MessageType;
import io.penstock.wireguard.wire.Response;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a received handshake message or cookie reply: checks in the order of their cost, then the peer's session.
 * A bad message changes nothing but a counter. Owned by the control agent. Whitepaper sections 5.3 and 5.4.
 */
final class Reception {
    private static final int NO_TRAFFIC_CLASS = 0;

    private final Sessions sessions;
    private final IndexTable indexTable;
    private final Function<PublicKey, @Nullable PeerState> byKey;
    private final Function<Peer, @Nullable PeerState> byPeer;
    private final CookieChecker checker;
    private final InitiationConsumer consumer;
    private final HandshakeLoad load;
    private final CookieBudget cookies;
    private final AtomicLongArray drops = new AtomicLongArray(DropReason.values().length); // read by any thread
    private final Initiation initiation = new Initiation();
    private final Response response = new Response();
    private final CookieReply cookieReply = new CookieReply();
    private final CookieReply ownReply = new CookieReply();

    Reception(
            Sessions sessions,
            IndexTable indexTable,
            Noise noise,
            Entropy entropy,
            Function<PublicKey, @Nullable PeerState> byKey,
            Function<Peer, @Nullable PeerState> byPeer) {
        this.sessions = sessions;
        this.indexTable = indexTable;
        this.byKey = byKey;
        this.byPeer = byPeer;
        checker = new CookieChecker(noise);
        consumer = new InitiationConsumer(noise);
        load = new HandshakeLoad(entropy);
        cookies = new CookieBudget(entropy);
    }

    /** A message came in. Returns the peer whose state has changed, or null. */
    @Nullable PeerState onMessage(
            @Nullable StaticIdentity identity,
            DirectBuffer datagram,
            int offset,
            int length,
            Endpoint source,
            boolean underLoad,
            long nowNs) {
        int type = MessageType.of(datagram, offset, length);
        if (type == MessageType.WRONG_LENGTH) {
            return drop(DropReason.WRONG_LENGTH);
        }
        if (identity == null) {
            return drop(DropReason.NO_PRIVATE_KEY);
        }
        switch (type) {
            case Initiation.TYPE -> {
                initiation.wrap(datagram, offset);
                return onInitiation(identity, source, underLoad, nowNs);
            }
            case Response.TYPE -> {
                response.wrap(datagram, offset);
                return onResponse(identity, source, underLoad, nowNs);
            }
            case CookieReply.TYPE -> {
                return onCookieReply(cookieReply.wrap(datagram, offset), nowNs);
            }
            default -> {
                return drop(DropReason.UNKNOWN_TYPE);
            }
        }
    }

    /** Under load, whoever holds no cookie gets one and is dropped, and whoever does is held to a rate. */
    private boolean mayPass(
            StaticIdentity identity, HandshakeMessage message, Endpoint source, boolean underLoad, long nowNs) {
        if (!checker.checkMac1(identity, message)) {
            drop(DropReason.MAC1_INVALID);
            return false;
        }
        if (!underLoad) {
            return true;
        }
        if (!checker.checkMac2(message, source.isV6(), source.high(), source.low(), source.port(), nowNs)) {
            boolean isTold = cookies.maySend(source, nowNs);
            if (isTold) {
                refuse(identity, message, source, nowNs);
            }
            drop(isTold ? DropReason.COOKIE_REQUIRED : DropReason.COOKIE_WITHHELD);
            return false;
        }
        if (!load.admit(source, nowNs)) {
            drop(DropReason.RATE_LIMITED);
            return false;
        }
        return true;
    }

    private void refuse(StaticIdentity identity, HandshakeMessage message, Endpoint source, long nowNs) {
        byte[] datagram = new byte[CookieReply.LENGTH];
        ownReply.wrap(new UnsafeBuffer(datagram), 0);
        checker.createReply(
                ownReply, identity, message, source.isV6(), source.high(), source.low(), source.port(), nowNs);
        sessions.add(new Action.SendHandshake(datagram, source, NO_TRAFFIC_CLASS, null));
    }

    private @Nullable PeerState onInitiation(StaticIdentity identity, Endpoint source, boolean underLoad, long nowNs) {
        if (!mayPass(identity, initiation, source, underLoad, nowNs)) {
            return null;
        }
        PublicKey key = consumer.openStatic(identity, initiation);
        if (key == null) {
            return drop(DropReason.INITIATION_STATIC_INVALID);
        }
        PeerState state = byKey.apply(key);
        if (state == null) {
            consumer.discard();
            return drop(DropReason.INITIATION_UNKNOWN_PEER);
        }
        DropReason reason = consumer.consume(state.handshake, nowNs);
        if (reason != null) {
            return drop(reason);
        }
        return sessions.respond(state, source, nowNs) ? state : drop(DropReason.NO_KEY_MEMORY);
    }

    private @Nullable PeerState onResponse(StaticIdentity identity, Endpoint source, boolean underLoad, long nowNs) {
        if (!mayPass(identity, response, source, underLoad, nowNs)) {
            return null;
        }
        PeerState state = byIndex(response.receiverIndex());
        if (state == null) {
            return drop(DropReason.RESPONSE_UNEXPECTED);
        }
        DropReason reason = state.handshake.consumeResponse(response);
        if (reason != null) {
            return drop(reason);
        }
        return sessions.begin(state, source, nowNs) ? state : drop(DropReason.NO_KEY_MEMORY);
    }

    /** The cookie is for the next message that is due anyway: nothing is sent and no timer changes. */
    private @Nullable PeerState onCookieReply(CookieReply reply, long nowNs) {
        PeerState state = byIndex(reply.receiverIndex());
        DropReason reason = state == null ? DropReason.COOKIE_UNEXPECTED : state.cookies.consumeReply(reply, nowNs);
        return reason == null ? null : drop(reason);
    }

    private @Nullable PeerState byIndex(int localIndex) {
        Peer peer = indexTable.owner(localIndex);
        return peer == null ? null : byPeer.apply(peer);
    }

    /** Takes note of the queue of messages and says whether it makes a load. */
    boolean isUnderLoad(int queuedMessages, int queueCapacity, long nowNs) {
        return load.isUnderLoad(queuedMessages, queueCapacity, nowNs);
    }

    /** The private key changes: nothing that was made with the old one counts. */
    void onPrivateKeyChange() {
        consumer.discard();
        checker.clear();
    }

    @Nullable PeerState drop(DropReason reason) {
        drops.lazySet(reason.ordinal(), drops.getPlain(reason.ordinal()) + 1); // single writer
        return null;
    }

    long drops(DropReason reason) {
        return drops.get(reason.ordinal());
    }
}
