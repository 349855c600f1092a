package io.penstock.wireguard;

import static io.penstock.wireguard.Protocol.MAX_PEERS;

import io.penstock.wireguard.noise.CookieGenerator;
import io.penstock.wireguard.noise.Noise;
import io.penstock.wireguard.noise.StaticIdentity;
import io.penstock.wireguard.noise.Tai64n;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.peer.PeerDeadlines;
import io.penstock.wireguard.peer.PeerTimers;
import io.penstock.wireguard.peer.TouchedPeers;
import io.penstock.wireguard.route.AllowedIps;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one WireGuard interface: peers, handshakes, keypairs and timers. Pure; owned by the control agent, which
 * hands it datagrams, marks and the time, and does what {@link #poll} says. Whitepaper sections 5 and 6.
 *
 * <p>Lanes share its {@link #indexTable}, {@link #allowedIps}, {@link #touched} and the peers they find there. No datagram
 * makes it throw; exceptions are for misuse by the caller.
 */
public final class Device {
    /** Result of {@link #deadlineNs} when nothing is due ever. */
    public static final long NO_DEADLINE = PeerTimers.NONE;

    private final IndexTable indexTable = new IndexTable();
    private final TouchedPeers touched = new TouchedPeers();
    private final AllowedIps allowedIps = new AllowedIps();
    private final PeerDeadlines deadlines = new PeerDeadlines();
    private final Map<PublicKey, PeerState> peers = new LinkedHashMap<>();
    private final BitSet takenSlots = new BitSet();
    private @Nullable PeerState[] bySlot = new @Nullable PeerState[16];

    private final Entropy entropy;
    private final Noise noise;
    private final Sessions sessions;
    private final Reception reception;
    private @Nullable StaticIdentity identity;
    private boolean up;
    private long visits;

    public Device(Entropy entropy, X25519 x25519, SecretMemory memory) {
        this(entropy, x25519, memory, Protocol.REKEY_AFTER_TIME_NS);
    }

    /**
     * As above, for tests that cannot wait for the protocol's time.
     *
     * @param rekeyAfterNs age at which a sending initiator asks for new keys
     */
    public Device(Entropy entropy, X25519 x25519, SecretMemory memory, long rekeyAfterNs) {
        this.entropy = entropy;
        noise = new Noise(entropy, x25519, memory);
        sessions = new Sessions(entropy, memory, indexTable, rekeyAfterNs);
        reception = new Reception(sessions, indexTable, noise, entropy, peers::get, this::stateOrNull);
    }

    /**
     * Takes the interface's private key, 32 bytes, which is clamped and copied; null or all zero removes it. A change
     * expires all sessions and removes the peer whose key is our own. {@link #renewPrivateKey} lets the sessions live.
     *
     * @throws SecretMemoryExhaustedException if there is no memory for it; nothing has changed then
     */
    public void setPrivateKey(byte @Nullable [] privateKey, long nowNs) {
        setPrivateKey(privateKey, nowNs, key -> {});
    }

    /**
     * As above.
     *
     * @param beforeUse told the new public key if it is another, while the device still has the old one and before anything
     *     is sent under the new: the moment for {@link #restoreTimestamp}
     */
    public void setPrivateKey(byte @Nullable [] privateKey, long nowNs, Consumer<@Nullable PublicKey> beforeUse) {
        changeIdentity(privateKey, nowNs, beforeUse, false);
    }

    /**
     * Takes another private key for the same node, whose peers hear of it sooner or later. Sessions live on for as long as they would
     * have; where there is one, a handshake under the new key begins at once, and is repeated quickly at first, since the peer may not
     * have heard yet.
     *
     * @param privateKey 32 bytes, which are clamped and copied
     * @param beforeUse as for {@link #setPrivateKey}
     * @throws SecretMemoryExhaustedException if there is no memory for it; nothing has changed then
     */
    public void renewPrivateKey(byte[] privateKey, long nowNs, Consumer<@Nullable PublicKey> beforeUse) {
        changeIdentity(privateKey, nowNs, beforeUse, true);
    }

    private void changeIdentity(
            byte @Nullable [] privateKey, long nowNs, Consumer<@Nullable PublicKey> beforeUse, boolean keepsSessions) {
        StaticIdentity old = identity;
        StaticIdentity changed =
                privateKey == null || isZero(privateKey) ? null : new StaticIdentity(noise, privateKey);
        if (old != null && changed != null && old.publicKey().equals(changed.publicKey())) {
            changed.release();
            return;
        }
        beforeUse.accept(changed == null ? null : changed.publicKey());
        identity = changed;
        reception.onPrivateKeyChange();
        sessions.forgetReservation();
        PeerState self = changed == null ? null : peers.get(changed.publicKey());
        if (self != null) {
            removePeer(self.peer, nowNs);
        }
        for (PeerState state : peers.values()) {
            if (keepsSessions && changed != null) {
                sessions.abandonHandshake(state);
                state.handshake.identity(changed);
                renew(state, nowNs);
            } else {
                sessions.expire(state, nowNs);
                state.handshake.identity(changed);
                visit(state, nowNs);
            }
        }
        if (old != null) {
            old.release();
        }
    }

    /** One of the two keys is another: a session that can send is made anew under it, and goes on until that is done. */
    private void renew(PeerState state, long nowNs) {
        state.timers.onKeyRenewed(nowNs);
        Keypair current = state.peer.current();
        if (up && current != null && current.canSend(nowNs)) {
            sessions.requestHandshake(state, nowNs);
        }
        visit(state, nowNs);
    }

    /** Copies the clamped private key, 32 bytes, out; false if there is none. The caller wipes the copy. */
    public boolean copyPrivateKey(byte[] destination) {
        StaticIdentity own = identity;
        if (own != null) {
            own.copyPrivateKey(destination);
        }
        return own != null;
    }

    /** Our own public key, or null without a private key. */
    public @Nullable PublicKey publicKey() {
        StaticIdentity own = identity;
        return own == null ? null : own.publicKey();
    }

    /** Starts all peers; those with a persistent keepalive send at once. */
    public void up(long nowNs) {
        if (up) {
            return;
        }
        up = true;
        for (PeerState state : peers.values()) {
            start(state, nowNs);
        }
    }

    /** Stops all peers: keys are zeroed, staged packets dropped, timers stopped. */
    public void down(long nowNs) {
        if (!up) {
            return;
        }
        up = false;
        for (PeerState state : peers.values()) {
            stop(state, nowNs);
        }
    }

    public boolean isUp() {
        return up;
    }

    public @Nullable Peer peer(PublicKey publicKey) {
        PeerState state = peers.get(publicKey);
        return state == null ? null : state.peer;
    }

    /**
     * Makes a peer, or returns the one with this key.
     *
     * @throws IllegalArgumentException if the key is our own
     * @throws IllegalStateException if there are {@link Protocol#MAX_PEERS} already
     * @throws SecretMemoryExhaustedException if there is no memory for its secrets; nothing has changed then
     */
    public Peer addPeer(PublicKey publicKey, long nowNs) {
        PeerState known = peers.get(publicKey);
        if (known != null) {
            return known.peer;
        }
        if (publicKey.equals(publicKey())) {
            throw new IllegalArgumentException("a device is no peer of itself");
        }
        if (peers.size() >= MAX_PEERS) {
            throw new IllegalStateException("no more than " + MAX_PEERS + " peers");
        }
        int slot = takenSlots.nextClearBit(0);
        PeerState state = new PeerState(new Peer(publicKey, slot), noise, entropy);
        takenSlots.set(slot); // after what may be refused
        state.handshake.identity(identity);
        if (slot >= bySlot.length) {
            bySlot = Arrays.copyOf(bySlot, 2 * bySlot.length);
        }
        bySlot[slot] = state;
        peers.put(publicKey, state);
        if (up) {
            start(state, nowNs);
        }
        return state.peer;
    }

    /**
     * Gives a peer another key, as the node behind it has made one. Prefixes, endpoint, pre-shared key and sessions stay, these for as
     * long as they would have; under the new key a handshake begins at once if there is a session. A node whose key was stolen is to be
     * removed instead.
     *
     * @throws IllegalArgumentException if the key is our own, or another peer's
     */
    public void renewPeerKey(Peer peer, PublicKey successor, long nowNs) {
        PeerState state = state(peer);
        if (successor.equals(publicKey()) || peers.containsKey(successor)) {
            throw new IllegalArgumentException("a key that is ours or another peer's");
        }
        sessions.abandonHandshake(state);
        peers.remove(peer.publicKey());
        peer.publicKey(successor);
        peers.put(successor, state);
        state.handshake.remoteStatic(successor);
        state.cookies = new CookieGenerator(noise, successor);
        renew(state, nowNs);
    }

    /** Removes the peer with its keys, prefixes and staged packets. */
    public void removePeer(Peer peer, long nowNs) {
        PeerState state = stateOrNull(peer);
        if (state == null) {
            return;
        }
        stop(state, nowNs);
        state.handshake.release();
        sessions.forgetTimestamps();
        allowedIps.removeAll(peer);
        peers.remove(peer.publicKey());
        bySlot[peer.slot()] = null;
        peer.markRemoved();
        sessions.add(new Action.RemovePeer(peer));
    }

    public void removeAllPeers(long nowNs) {
        for (PeerState state : List.copyOf(peers.values())) {
            removePeer(state.peer, nowNs);
        }
    }

    /** All peers in the order of their making. */
    public Iterable<Peer> peers() {
        return () -> peers.values().stream().map(state -> state.peer).iterator();
    }

    public int peerCount() {
        return peers.size();
    }

    /** Takes the pre-shared key, 32 bytes, all zero for none, for the next handshake; the caller wipes its own. */
    public void setPresharedKey(Peer peer, byte[] presharedKey) {
        state(peer).handshake.presharedKey(presharedKey);
    }

    /** Copies the pre-shared key, 32 bytes, all zero for none, out; the caller wipes the copy. */
    public void copyPresharedKey(Peer peer, byte[] destination) {
        state(peer).handshake.copyPresharedKey(destination);
    }

    /** Keeps the peer's path open by a keepalive after so many seconds of silence, 0 for never; from 0 one goes at once. */
    public void setPersistentKeepalive(Peer peer, int seconds, long nowNs) {
        PeerState state = state(peer);
        boolean switchedOn = state.persistentKeepaliveSeconds == 0 && seconds > 0;
        state.persistentKeepaliveSeconds = seconds;
        state.timers.persistentKeepalive(seconds, nowNs);
        if (switchedOn && up) {
            sessions.sendKeepalive(state, nowNs);
        }
        visit(state, nowNs);
    }

    /** Seconds, 0 for off. */
    public int persistentKeepalive(Peer peer) {
        return state(peer).persistentKeepaliveSeconds;
    }

    /** After a peer's configuration is complete: sends what is staged, and starts a handshake that lacked an endpoint. */
    public void kick(Peer peer, long nowNs) {
        PeerState state = state(peer);
        if (!up) {
            return;
        }
        if (state.timers.isRefused()) {
            sessions.requestHandshake(state, nowNs);
        }
        sessions.add(new Action.SendStaged(peer));
        visit(state, nowNs);
    }

    /** Tells the wall clock's time, since the Unix epoch, at {@code nowNs}; it may jump either way. */
    public void setWallClock(long nowNs, long unixSeconds, int nanos) {
        sessions.setWallClock(nowNs, unixSeconds, nanos);
    }

    /**
     * Continues behind the last {@link Action.PersistTimestamp}, or {@link #unusedTimestamp}, of an earlier run with this
     * identity. To be called before the identity is used.
     */
    public void restoreTimestamp(long seconds, int nanos) {
        sessions.restoreTimestamp(seconds, nanos);
    }

    /** The first timestamp that no peer can have seen; stored at the end, it takes the place of the last reservation. */
    public Tai64n unusedTimestamp() {
        return sessions.unusedTimestamp();
    }

    /**
     * Takes a datagram of type 1 to 3; anything else is dropped and counted.
     *
     * @param source where it came from, with the local address and interface it came to
     * @param queuedMessages handshake messages that wait behind this one
     * @param queueCapacity how many may wait
     */
    public void onHandshake(
            DirectBuffer datagram,
            int offset,
            int length,
            Endpoint source,
            int queuedMessages,
            int queueCapacity,
            long nowNs) {
        boolean underLoad = reception.isUnderLoad(queuedMessages, queueCapacity, nowNs);
        if (!up) {
            reception.drop(DropReason.DEVICE_DOWN);
            return;
        }
        PeerState state = reception.onMessage(identity, datagram, offset, length, source, underLoad, nowNs);
        if (state != null) {
            visit(state, nowNs);
        }
    }

    /** Looks at the peers that lanes have touched. */
    public void drainActivity(long nowNs) {
        for (Peer peer = touched.takeAll(); peer != null; ) {
            Peer following = touched.next(peer);
            PeerState state = stateOrNull(peer);
            if (state != null) {
                visit(state, nowNs);
            }
            peer = following;
        }
    }

    /** Does what is due. */
    public void onTime(long nowNs) {
        for (int slot = deadlines.due(nowNs); slot >= 0; slot = deadlines.due(nowNs)) {
            PeerState state = bySlot[slot];
            if (state == null) {
                throw new IllegalStateException("a deadline without its peer");
            }
            visit(state, nowNs);
        }
    }

    /** How many times a peer has been looked at, for its marks, its timers or else; while none is, no peer's traffic begins anew. */
    public long visits() {
        return visits;
    }

    /** When {@link #onTime} has something to do, unless an event comes before; {@link #NO_DEADLINE} for never. */
    public long deadlineNs() {
        return deadlines.earliestNs();
    }

    /** The next action, or null. */
    public @Nullable Action poll() {
        return sessions.poll();
    }

    /** Lets a new peer have the slot of this removed one; every lane has answered {@link Action.RemovePeer}. */
    public void releaseSlot(Peer peer) {
        if (!peer.isRemoved()) {
            throw new IllegalArgumentException("the peer still has its slot: " + peer);
        }
        takenSlots.clear(peer.slot());
    }

    /** Messages dropped by this device for that reason. */
    public long drops(DropReason reason) {
        return reception.drops(reason);
    }

    public IndexTable indexTable() {
        return indexTable;
    }

    public TouchedPeers touched() {
        return touched;
    }

    public AllowedIps allowedIps() {
        return allowedIps;
    }

    /** Everything that is to be done for one peer at this time: its marks, its timers, its next deadline. */
    private void visit(PeerState state, long nowNs) {
        visits++;
        PeerTimers timers = state.timers;
        Keypair confirmed = timers.takeConfirmed();
        if (confirmed != null && up) {
            sessions.confirm(state, confirmed, nowNs);
        }
        int due = timers.onTime(nowNs);
        if ((due & PeerTimers.FORGET_SOURCE) != 0) {
            state.peer.forgetSource();
        }
        if ((due & PeerTimers.GIVE_UP) != 0) {
            sessions.add(new Action.DropStaged(state.peer));
        }
        if ((due & PeerTimers.ZERO_KEYS) != 0) {
            sessions.zeroKeys(state);
        }
        if ((due & PeerTimers.START_HANDSHAKE) != 0) {
            sessions.sendInitiation(state, nowNs);
        }
        if ((due & PeerTimers.SEND_KEEPALIVE) != 0) {
            sessions.sendKeepalive(state, nowNs);
        }
        deadlines.set(state.peer.slot(), timers.settle(nowNs));
    }

    private void start(PeerState state, long nowNs) {
        state.timers.start(nowNs);
        if (state.persistentKeepaliveSeconds > 0) {
            sessions.sendKeepalive(state, nowNs);
        }
        visit(state, nowNs);
    }

    private void stop(PeerState state, long nowNs) {
        sessions.zeroKeys(state);
        state.cookies.clear();
        state.timers.stop();
        visit(state, nowNs);
    }

    private PeerState state(Peer peer) {
        PeerState state = stateOrNull(peer);
        if (state == null) {
            throw new IllegalArgumentException("not a peer of this device: " + peer);
        }
        return state;
    }

    private @Nullable PeerState stateOrNull(Peer peer) {
        PeerState state = peer.slot() < bySlot.length ? bySlot[peer.slot()] : null;
        return state != null && state.peer == peer ? state : null;
    }

    private static boolean isZero(byte[] key) {
        int bits = 0;
        for (byte b : key) {
            bits |= b;
        }
        return bits == 0;
    }
}
