package io.penstock.wireguard;

import static io.penstock.wireguard.Protocol.HANDSHAKE_TRAFFIC_CLASS;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;

import io.penstock.wireguard.noise.Tai64n;
import io.penstock.wireguard.noise.TimestampSource;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.ArrayDeque;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How sessions begin and end: sends handshake messages, makes keypairs of finished handshakes, and retires them. Owned by
 * the control agent. Whitepaper sections 5.4 and 6.1 to 6.3.
 */
final class Sessions {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Entropy entropy;
    private final SecretMemory memory;
    private final IndexTable indexTable;
    private final long rekeyAfterNs;
    private final TimestampSource timestamps = new TimestampSource();
    private final ArrayDeque<Action> actions = new ArrayDeque<>();
    private final Initiation initiation = new Initiation();
    private final Response response = new Response();
    private long wallClockNanos; // of the wall clock at a monotonic time of 0; seconds apart, to span any date
    private long wallClockSeconds;

    Sessions(Entropy entropy, SecretMemory memory, IndexTable indexTable, long rekeyAfterNs) {
        this.rekeyAfterNs = rekeyAfterNs;
        this.entropy = entropy;
        this.memory = memory;
        this.indexTable = indexTable;
    }

    void setWallClock(long nowNs, long unixSeconds, int nanos) {
        timestamps.setWallClock(nowNs, unixSeconds, nanos);
        long zero = nanos - nowNs % NANOS_PER_SECOND;
        wallClockSeconds = unixSeconds - nowNs / NANOS_PER_SECOND + Math.floorDiv(zero, NANOS_PER_SECOND);
        wallClockNanos = Math.floorMod(zero, NANOS_PER_SECOND);
    }

    void restoreTimestamp(long seconds, int nanos) {
        timestamps.restore(seconds, nanos);
    }

    /** Handshakes go on under another private key, for which no timestamp is stored yet. */
    void forgetReservation() {
        timestamps.forgetReservation();
    }

    /** A peer is removed; should it come back, it must not see an old timestamp. */
    void forgetTimestamps() {
        timestamps.forgetPeer();
    }

    Tai64n unusedTimestamp() {
        return timestamps.unused();
    }

    void add(Action action) {
        actions.add(action);
    }

    @Nullable Action poll() {
        return actions.poll();
    }

    /** Sends an initiation, if the timers let it go; else it goes when they do. */
    void requestHandshake(PeerState state, long nowNs) {
        if (state.timers.requestHandshake(nowNs)) {
            sendInitiation(state, nowNs);
        }
    }

    /** Starts a handshake, whatever the peer's last one has come to. */
    void sendInitiation(PeerState state, long nowNs) {
        Peer peer = state.peer;
        Endpoint endpoint = peer.endpoint();
        if (endpoint == null || !state.handshake.isUsable()) {
            state.timers.onInitiationRefused(nowNs);
            return;
        }
        releaseIndex(state);
        int index = indexTable.reserve(peer, entropy);
        byte[] datagram = new byte[Initiation.LENGTH];
        initiation.wrap(new UnsafeBuffer(datagram), 0);
        if (!state.handshake.createInitiation(initiation, index, timestamps, nowNs)) {
            indexTable.release(index);
            state.timers.onInitiationRefused(nowNs);
            return;
        }
        state.hasIndex = true;
        state.handshakeIndex = index;
        state.cookies.addMacs(initiation, nowNs);
        Tai64n reservation = timestamps.pollReservation();
        if (reservation != null) {
            actions.add(new Action.PersistTimestamp(reservation.unixSeconds(), reservation.nanos()));
        }
        state.initiationSentNs = nowNs;
        state.timers.onInitiationSent(nowNs);
        send(peer, datagram, endpoint);
    }

    /** Answers the initiation just consumed; the keys wait for the initiator's first packet. False: no memory for them. */
    boolean respond(PeerState state, Endpoint source, long nowNs) {
        Peer peer = state.peer;
        UnsafeBuffer keys = allocateKeys(state);
        if (keys == null) {
            return false;
        }
        receive(state, Initiation.LENGTH, source, nowNs);
        releaseIndex(state);
        int index = indexTable.reserve(peer, entropy);
        byte[] datagram = new byte[Response.LENGTH];
        response.wrap(new UnsafeBuffer(datagram), 0);
        int remoteIndex = state.handshake.remoteIndex();
        if (!state.handshake.createResponse(response, index)) {
            indexTable.release(index);
            memory.release(keys);
            return true;
        }
        state.cookies.addMacs(response, nowNs);
        peer.offer(makeKeypair(state, keys, index, remoteIndex, false, nowNs), this::retire);
        state.timers.onResponseSent(nowNs);
        send(peer, datagram, source);
        return true;
    }

    /** Makes use of the response just consumed: the new keys send at once. False: no memory for them. */
    boolean begin(PeerState state, Endpoint source, long nowNs) {
        Peer peer = state.peer;
        UnsafeBuffer keys = allocateKeys(state);
        if (keys == null) {
            return false;
        }
        receive(state, Response.LENGTH, source, nowNs);
        int index = state.handshake.localIndex();
        int remoteIndex = state.handshake.remoteIndex();
        state.hasIndex = false;
        peer.establish(makeKeypair(state, keys, index, remoteIndex, true, nowNs), this::retire);
        complete(state, nowNs - state.initiationSentNs, nowNs);
        actions.add(new Action.Confirm(peer));
        return true;
    }

    /** The initiator has shown that it has the keys that wait. */
    void confirm(PeerState state, Keypair keypair, long nowNs) {
        if (state.peer.promote(keypair, this::retire)) {
            complete(state, nowNs - keypair.createdNs(), nowNs);
            actions.add(new Action.SendStaged(state.peer));
        }
    }

    /** Has a keepalive sent, or a handshake when there is no key for it. */
    void sendKeepalive(PeerState state, long nowNs) {
        Keypair current = state.peer.current();
        if (current != null && current.canSend(nowNs)) {
            actions.add(new Action.SendKeepalive(state.peer));
        } else {
            requestHandshake(state, nowNs);
        }
    }

    /** Zeroes all keys of the peer but the long-lived ones, and drops what is staged. */
    void zeroKeys(PeerState state) {
        releaseIndex(state);
        state.handshake.clear();
        state.peer.clearKeypairs(this::retire);
        actions.add(new Action.DropStaged(state.peer));
    }

    /** Gives up a handshake under way, which a key that changes has made void. */
    void abandonHandshake(PeerState state) {
        releaseIndex(state);
        state.handshake.clear();
    }

    /** Ends sending on all keys of the peer and any handshake under way; the next one starts afresh. */
    void expire(PeerState state, long nowNs) {
        abandonHandshake(state);
        Keypair current = state.peer.current();
        if (current != null) {
            current.expireSending();
        }
        Keypair next = state.peer.next();
        if (next != null) {
            next.expireSending();
        }
        state.timers.onPrivateKeyChange(nowNs);
    }

    /** Without memory for its keys a handshake is over: the initiator's timers start another. */
    private @Nullable UnsafeBuffer allocateKeys(PeerState state) {
        try {
            return memory.allocate(Keypair.SECRET_LENGTH);
        } catch (SecretMemoryExhaustedException e) {
            releaseIndex(state);
            state.handshake.clear();
            return null;
        }
    }

    private Keypair makeKeypair(
            PeerState state, UnsafeBuffer keys, int index, int remoteIndex, boolean initiator, long nowNs) {
        state.handshake.deriveTransportKeys(
                new UnsafeBuffer(keys, 0, KEY_LENGTH), new UnsafeBuffer(keys, KEY_LENGTH, KEY_LENGTH));
        Keypair keypair = new Keypair(state.peer, index, remoteIndex, initiator, nowNs, rekeyAfterNs, memory, keys);
        indexTable.publish(keypair);
        state.timers.onKeysDerived(nowNs);
        return keypair;
    }

    private void complete(PeerState state, long roundTripNs, long nowNs) {
        state.timers.onHandshakeComplete();
        long nanos = wallClockNanos + nowNs % NANOS_PER_SECOND;
        state.peer.lastHandshake(
                wallClockSeconds + nowNs / NANOS_PER_SECOND + Math.floorDiv(nanos, NANOS_PER_SECOND),
                (int) Math.floorMod(nanos, NANOS_PER_SECOND));
        actions.add(new Action.HandshakeCompleted(state.peer, roundTripNs));
    }

    private void receive(PeerState state, int length, Endpoint source, long nowNs) {
        state.peer.follow(source);
        state.peer.addReceivedBytes(length);
        state.timers.onHandshakeReceived(nowNs);
    }

    private void send(Peer peer, byte[] datagram, Endpoint to) {
        peer.addSentBytes(datagram.length);
        actions.add(new Action.SendHandshake(datagram, to, HANDSHAKE_TRAFFIC_CLASS, peer));
    }

    private void releaseIndex(PeerState state) {
        if (state.hasIndex) {
            indexTable.release(state.handshakeIndex);
            state.hasIndex = false;
        }
    }

    private void retire(Keypair keypair) {
        indexTable.release(keypair.localIndex());
        actions.add(new Action.Retire(keypair));
    }
}
