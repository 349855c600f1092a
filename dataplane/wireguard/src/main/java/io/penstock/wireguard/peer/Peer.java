package io.penstock.wireguard.peer;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a tunnel, as far as lanes and control agent share it: its keypairs, endpoint, counters and marks. What
 * only the control agent needs is kept by the {@code Device}. Whitepaper section 6.
 *
 * <p>Lanes load keypairs and endpoint with acquire; what they find stays usable until they have answered the retirement
 * of the keypair.
 */
public final class Peer {
    private static final VarHandle CURRENT = handle("current", Keypair.class);
    private static final VarHandle NEXT = handle("next", Keypair.class);
    private static final VarHandle PREVIOUS = handle("previous", Keypair.class);
    private static final VarHandle ENDPOINT = handle("endpoint", Endpoint.class);
    private static final VarHandle MANAGED = handle("endpointManaged", boolean.class);
    private static final VarHandle SENT = handle("sentBytes", long.class);
    private static final VarHandle RECEIVED = handle("receivedBytes", long.class);
    private static final VarHandle TOUCHED = handle("touched", boolean.class);
    private static final VarHandle REMOVED = handle("removed", boolean.class);
    private static final VarHandle ARRIVED_ON = handle("arrivedOn", int.class);
    private static final VarHandle REJECTED = handle("rejected", Endpoint.class);

    private final int slot;
    private final PeerActivity activity = new PeerActivity();

    @SuppressWarnings("unused") // through CURRENT
    private @Nullable Keypair current;

    @SuppressWarnings("unused") // through NEXT
    private @Nullable Keypair next;

    @SuppressWarnings("unused") // through PREVIOUS
    private @Nullable Keypair previous;

    @SuppressWarnings("unused") // through ENDPOINT
    private @Nullable Endpoint endpoint;

    @SuppressWarnings("unused") // through MANAGED
    private boolean endpointManaged;

    @SuppressWarnings("unused") // through SENT
    private long sentBytes;

    @SuppressWarnings("unused") // through RECEIVED
    private long receivedBytes;

    @SuppressWarnings("unused") // through TOUCHED
    private boolean touched;

    @SuppressWarnings("unused") // through REMOVED
    private boolean removed;

    @SuppressWarnings("unused") // through ARRIVED_ON
    private int arrivedOn;

    @SuppressWarnings("unused") // through REJECTED
    private @Nullable Endpoint rejected;

    private volatile PublicKey publicKey; // nothing on a packet's way asks for it

    // Of the control agent only.
    private int rejectedOn;
    private long lastHandshakeSeconds;
    private int lastHandshakeNanos;

    // Of the receiving lane only.
    private @Nullable Endpoint heardFrom;

    /** Link of {@link TouchedPeers}; owned by whoever has touched this peer, then by the control agent. */
    @Nullable Peer touchedNext;

    /**
     * Made by the {@code Device} and by tests.
     *
     * @param slot a small number that no other live peer of the device has
     */
    public Peer(PublicKey publicKey, int slot) {
        this.publicKey = publicKey;
        this.slot = slot;
    }

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Peer.class, field, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** The node behind this peer has another key; its keypairs stay. Control agent only. */
    public void publicKey(PublicKey successor) {
        publicKey = successor;
    }

    /** Small number, unique among live peers: an index into arrays of the lanes. Reused after {@code releaseSlot}. */
    public int slot() {
        return slot;
    }

    /** The keypair that sends. */
    public @Nullable Keypair current() {
        return (Keypair) CURRENT.getAcquire(this);
    }

    /** Made as responder and not yet confirmed: receives, and becomes current with its first authentic packet. */
    public @Nullable Keypair next() {
        return (Keypair) NEXT.getAcquire(this);
    }

    /** The former current one: receives what was under way. */
    public @Nullable Keypair previous() {
        return (Keypair) PREVIOUS.getAcquire(this);
    }

    public @Nullable Endpoint endpoint() {
        return (Endpoint) ENDPOINT.getAcquire(this);
    }

    /** Set by configuration, and unless it is managed by authentic messages of any type; the last one counts. */
    public void endpoint(@Nullable Endpoint endpoint) {
        ENDPOINT.setRelease(this, endpoint);
    }

    /** Puts {@code replacement} in the place of {@code known}, unless somebody has set another meanwhile. Any thread. */
    public void replaceEndpoint(Endpoint known, Endpoint replacement) {
        ENDPOINT.compareAndSet(this, known, replacement);
    }

    /**
     * Moves the endpoint to where an authentic message came from. A managed one stays, but for the local side if the remote one is
     * the same. Control agent only.
     */
    public void follow(Endpoint source) {
        if (!isEndpointManaged()) {
            endpoint(source);
            return;
        }
        Endpoint known = endpoint();
        if (known != null && known.isSameRemote(source)) {
            replaceEndpoint(known, source);
        }
    }

    /** Whether somebody decides where this peer is, and its packets do not. */
    public boolean isEndpointManaged() {
        return (boolean) MANAGED.getAcquire(this);
    }

    /**
     * From here on only {@link #endpoint(Endpoint)} moves the endpoint. To be said of a peer without a session: a lane that is just
     * following one would finish that. Control agent only.
     */
    public void manageEndpoint() {
        MANAGED.setRelease(this, true);
    }

    /** Lets the routing table choose the source again, unless the endpoint changes at the same time. */
    public void forgetSource() {
        Endpoint known = endpoint();
        if (known != null && known.hasLocal()) {
            ENDPOINT.compareAndSet(this, known, known.withoutLocal());
        }
    }

    /**
     * Lets the routing table choose the source, and not the packets that still come to the one we had: of those under way some
     * always do, and each would bring it back. Control agent only.
     *
     * @param withSource the endpoint whose source is not to be taken again
     * @param arrivedOn index of the interface by which packets come to that
     */
    public void rejectSource(Endpoint withSource, int arrivedOn) {
        rejectedOn = arrivedOn;
        REJECTED.setRelease(this, withSource);
        forgetSource();
    }

    /** Takes any source again. Control agent only. */
    public void acceptSources() {
        REJECTED.setRelease(this, null);
    }

    /** Interface of what {@link #rejectSource} was told last. Control agent only. */
    public int rejectedOn() {
        return rejectedOn;
    }

    /** What {@link #rejectSource} was told last. */
    public @Nullable Endpoint rejectedSource() {
        return (Endpoint) REJECTED.getAcquire(this);
    }

    /** Where the last authentic packet came from, source included, as far as the lane has told; receiving lane only. */
    public @Nullable Endpoint heardFrom() {
        return heardFrom;
    }

    /** Keeps an endpoint that {@link #forgetSource} may take from {@link #endpoint()}; receiving lane only. */
    public void heardFrom(Endpoint from) {
        heardFrom = from;
    }

    /** Index of the interface by which the last authentic packets came in, 0 for unknown; receiving lane. */
    public void arrivedOn(int interfaceIndex) {
        ARRIVED_ON.setOpaque(this, interfaceIndex);
    }

    /** As {@link #arrivedOn(int)} was told; any thread. */
    public int arrivedOn() {
        return (int) ARRIVED_ON.getOpaque(this);
    }

    /** Marks of the lane. */
    public PeerActivity activity() {
        return activity;
    }

    /** Counts bytes of UDP payload. Any thread. */
    public void addSentBytes(long bytes) {
        SENT.getAndAdd(this, bytes);
    }

    /** Counts bytes of UDP payload that was authentic. Any thread. */
    public void addReceivedBytes(long bytes) {
        RECEIVED.getAndAdd(this, bytes);
    }

    public long sentBytes() {
        return (long) SENT.getOpaque(this);
    }

    public long receivedBytes() {
        return (long) RECEIVED.getOpaque(this);
    }

    /** Whether the device has removed this peer: nothing is to be sent or delivered any more. */
    public boolean isRemoved() {
        return (boolean) REMOVED.getAcquire(this);
    }

    /** Wall clock of the last completed handshake since the Unix epoch, 0 for never. Control agent only. */
    public long lastHandshakeSeconds() {
        return lastHandshakeSeconds;
    }

    /** Nanoseconds that belong to {@link #lastHandshakeSeconds}. */
    public int lastHandshakeNanos() {
        return lastHandshakeNanos;
    }

    /** Notes the wall clock of a completed handshake. Control agent only. */
    public void lastHandshake(long unixSeconds, int nanos) {
        lastHandshakeSeconds = unixSeconds;
        lastHandshakeNanos = nanos;
    }

    // Changes of keypairs, whitepaper section 6.2 and 6.3. Control agent only; what drops out goes to `retired`.

    /** The initiator has new keys: they send at once. */
    public void establish(Keypair keypair, Consumer<Keypair> retired) {
        Keypair waiting = next();
        Keypair old = current();
        Keypair oldest = previous();
        if (waiting == null) {
            PREVIOUS.setRelease(this, old);
            old = null;
        } else {
            PREVIOUS.setRelease(this, waiting);
            NEXT.setRelease(this, null);
        }
        CURRENT.setRelease(this, keypair);
        retire(old, retired);
        retire(oldest, retired);
    }

    /** The responder has new keys: they wait for the first packet. */
    public void offer(Keypair keypair, Consumer<Keypair> retired) {
        Keypair waiting = next();
        Keypair oldest = previous();
        NEXT.setRelease(this, keypair);
        PREVIOUS.setRelease(this, null);
        retire(waiting, retired);
        retire(oldest, retired);
    }

    /** A packet came in on {@code keypair}: if it is the next one it becomes current; false if it is not. */
    public boolean promote(Keypair keypair, Consumer<Keypair> retired) {
        if (next() != keypair) {
            return false;
        }
        Keypair oldest = previous();
        PREVIOUS.setRelease(this, current());
        CURRENT.setRelease(this, keypair);
        NEXT.setRelease(this, null);
        retire(oldest, retired);
        return true;
    }

    /** Drops all keypairs. */
    public void clearKeypairs(Consumer<Keypair> retired) {
        Keypair waiting = next();
        Keypair old = current();
        Keypair oldest = previous();
        NEXT.setRelease(this, null);
        CURRENT.setRelease(this, null);
        PREVIOUS.setRelease(this, null);
        retire(waiting, retired);
        retire(old, retired);
        retire(oldest, retired);
    }

    private static void retire(@Nullable Keypair keypair, Consumer<Keypair> retired) {
        if (keypair != null) {
            keypair.expireSending();
            retired.accept(keypair);
        }
    }

    /** Says to all that this peer is gone. Control agent only. */
    public void markRemoved() {
        REMOVED.setRelease(this, true);
    }

    /** Notes that this peer waits to be looked at; true if it did already. */
    boolean touch() {
        return (boolean) TOUCHED.getAndSet(this, true);
    }

    void untouch() {
        TOUCHED.getAndSet(this, false); // a full exchange, so that marks left before a failed touch() are seen
    }

    /** Names the peer in logs by its public key. */
    @Override
    public String toString() {
        return "Peer[" + publicKey + "]";
    }
}
