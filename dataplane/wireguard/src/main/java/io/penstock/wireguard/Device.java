package io.penstock.wireguard;

import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.peer.TouchedPeers;
import io.penstock.wireguard.route.AllowedIps;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one WireGuard interface: peers, handshakes, keypairs and timers. Pure; owned by the control agent, which
 * hands it datagrams, marks and the time, and does what {@link #poll} says. Whitepaper sections 5 and 6.
 *
 * <p>Lanes share its {@link #indexTable}, {@link #allowedIps}, {@link #touched} and the peers they find there. No datagram
 * makes it throw; exceptions are for misuse by the caller.
 */
@SuppressWarnings("DoNotCallSuggester") // bodies follow
public final class Device {
    private final IndexTable indexTable = new IndexTable();
    private final TouchedPeers touched = new TouchedPeers();
    private final AllowedIps allowedIps = new AllowedIps();

    public Device(Entropy entropy, X25519 x25519, SecretMemory memory) {
        throw unfinished();
    }

    /**
     * Takes the interface's private key, 32 bytes, which is clamped and copied; null or all zero removes it. A change
     * expires all sessions and removes the peer whose key is our own.
     */
    public void setPrivateKey(byte @Nullable [] privateKey, long nowNs) {
        throw unfinished();
    }

    /** Copies the clamped private key, 32 bytes, out; false if there is none. The caller wipes the copy. */
    public boolean copyPrivateKey(byte[] destination) {
        throw unfinished();
    }

    /** Our own public key, or null without a private key. */
    public @Nullable PublicKey publicKey() {
        throw unfinished();
    }

    /** Starts all peers; those with a persistent keepalive send at once. */
    public void up(long nowNs) {
        throw unfinished();
    }

    /** Stops all peers: keys are zeroed, staged packets dropped, timers stopped. */
    public void down(long nowNs) {
        throw unfinished();
    }

    public boolean isUp() {
        throw unfinished();
    }

    public @Nullable Peer peer(PublicKey publicKey) {
        throw unfinished();
    }

    /**
     * Makes a peer, or returns the one with this key.
     *
     * @throws IllegalArgumentException if the key is our own
     * @throws IllegalStateException if there are {@link Protocol#MAX_PEERS} already
     */
    public Peer addPeer(PublicKey publicKey, long nowNs) {
        throw unfinished();
    }

    /** Removes the peer with its keys, prefixes and staged packets. */
    public void removePeer(Peer peer, long nowNs) {
        throw unfinished();
    }

    public void removeAllPeers(long nowNs) {
        throw unfinished();
    }

    /** All peers in the order of their making. */
    public Iterable<Peer> peers() {
        throw unfinished();
    }

    public int peerCount() {
        throw unfinished();
    }

    /** Takes the pre-shared key, 32 bytes, all zero for none, for the next handshake; the caller wipes its own. */
    public void setPresharedKey(Peer peer, byte[] presharedKey) {
        throw unfinished();
    }

    /** Copies the pre-shared key, 32 bytes, all zero for none, out; the caller wipes the copy. */
    public void copyPresharedKey(Peer peer, byte[] destination) {
        throw unfinished();
    }

    /** Keeps the peer's path open by a keepalive after so many seconds of silence, 0 for never; from 0 one goes at once. */
    public void setPersistentKeepalive(Peer peer, int seconds, long nowNs) {
        throw unfinished();
    }

    /** Seconds, 0 for off. */
    public int persistentKeepalive(Peer peer) {
        throw unfinished();
    }

    /** After a peer's configuration is complete: sends what is staged, and starts a handshake that lacked an endpoint. */
    public void kick(Peer peer, long nowNs) {
        throw unfinished();
    }

    /** Tells the wall clock's time, since the Unix epoch, at {@code nowNs}; it may jump either way. */
    public void setWallClock(long nowNs, long unixSeconds, int nanos) {
        throw unfinished();
    }

    /** Continues behind the last {@link Action.PersistTimestamp} of an earlier run. To be called before {@link #up}. */
    public void restoreTimestamp(long seconds, int nanos) {
        throw unfinished();
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
        throw unfinished();
    }

    /** Looks at the peers that lanes have touched. */
    public void drainActivity(long nowNs) {
        throw unfinished();
    }

    /** Does what is due. */
    public void onTime(long nowNs) {
        throw unfinished();
    }

    /** When {@link #onTime} has something to do, unless an event comes before; {@link #NO_DEADLINE} for never. */
    public long deadlineNs() {
        throw unfinished();
    }

    /** Result of {@link #deadlineNs} when nothing is due ever. */
    public static final long NO_DEADLINE = Long.MIN_VALUE;

    /** The next action, or null. */
    public @Nullable Action poll() {
        throw unfinished();
    }

    /** Lets a new peer have the slot of this removed one; every lane has answered {@link Action.RemovePeer}. */
    public void releaseSlot(Peer peer) {
        throw unfinished();
    }

    /** Messages dropped by this device for that reason. */
    public long drops(DropReason reason) {
        throw unfinished();
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

    private static UnsupportedOperationException unfinished() {
        return new UnsupportedOperationException("this method is not finished");
    }
}
