package io.penstock.wireguard.peer;

import static io.penstock.wireguard.Protocol.KEEPALIVE_TIMEOUT_NS;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Marks by which a lane tells the control agent what happened on a peer's keypairs, reduced to what the timers of section
 * 6 can be derived from: since when sent data is unanswered, since when received data is unreplied, when anything
 * authentic last passed, what is requested.
 *
 * <p>Each word has one writer at a time: either those who send to the peer or whoever receives from it, which need not be
 * the same thread. Nothing is locked or allocated. A send does not clear what a receipt has marked, nor the other way round:
 * each side counts, and a mark holds as long as the other side's count is still the one that was seen when it was set.
 * Several lanes may send to a peer at once. Two that mark the same send as unanswered for the first time may mix the words of
 * a mark, which then holds either from the one send or from the other, or not before the next.
 *
 * <p>After any mark the lane calls {@link TouchedPeers#add}. Events of the control agent itself (handshake messages,
 * fired timers) reach the lane as an epoch: a "since" of an older epoch counts as not set.
 */
public final class PeerActivity {
    /** No point in time. */
    static final long NONE = Long.MIN_VALUE;

    private static final VarHandle UNANSWERED = handle("unansweredSinceNs", long.class);
    private static final VarHandle UNANSWERED_EPOCH = handle("unansweredEpoch", int.class);
    private static final VarHandle UNANSWERED_RECEIPTS = handle("unansweredReceipts", int.class);
    private static final VarHandle UNREPLIED = handle("unrepliedSinceNs", long.class);
    private static final VarHandle UNREPLIED_EPOCH = handle("unrepliedEpoch", int.class);
    private static final VarHandle UNREPLIED_SENDS = handle("unrepliedSends", int.class);
    private static final VarHandle UNREPLIED_AGAIN = handle("unrepliedAgain", boolean.class);
    private static final VarHandle TRAVERSED = handle("traversedNs", long.class);
    private static final VarHandle SENDS = handle("sends", int.class);
    private static final VarHandle RECEIPTS = handle("receipts", int.class);
    private static final VarHandle KEEPALIVES_SENT = handle("keepalivesSent", int.class);
    private static final VarHandle KEEPALIVES_RECEIVED = handle("keepalivesReceived", int.class);
    private static final VarHandle STAGED = handle("staged", boolean.class);
    private static final VarHandle REQUESTED = handle("handshakeRequested", boolean.class);
    private static final VarHandle CONFIRMED = handle("confirmed", Keypair.class);
    private static final VarHandle ANSWER_EPOCH = handle("answerEpoch", int.class);
    private static final VarHandle REPLY_EPOCH = handle("replyEpoch", int.class);
    private static final VarHandle NEXT_LOOK = handle("nextLookNs", long.class);
    private static final VarHandle PENDING = handle("handshakePending", boolean.class);

    // Written by who sends.
    private long unansweredSinceNs = NONE;
    private int unansweredEpoch;
    private int unansweredReceipts;

    @SuppressWarnings("unused") // through SENDS
    private int sends;

    @SuppressWarnings("unused") // through KEEPALIVES_SENT
    private int keepalivesSent;

    // Written by who receives.
    private long unrepliedSinceNs = NONE;
    private int unrepliedEpoch;
    private int unrepliedSends;

    @SuppressWarnings("unused") // through UNREPLIED_AGAIN
    private boolean unrepliedAgain;

    @SuppressWarnings("unused") // through RECEIPTS
    private int receipts;

    @SuppressWarnings("unused") // through KEEPALIVES_RECEIVED
    private int keepalivesReceived;

    // Written by both, and they mean about the same moment.
    @SuppressWarnings("unused") // through TRAVERSED
    private long traversedNs = NONE;

    // Written by both: set by the lane, taken by the control agent.
    @SuppressWarnings("unused") // through STAGED
    private boolean staged;

    @SuppressWarnings("unused") // through REQUESTED
    private boolean handshakeRequested;

    @SuppressWarnings("unused") // through CONFIRMED
    private @Nullable Keypair confirmed;

    // Written by the control agent.
    private int answerEpoch;
    private int replyEpoch;

    @SuppressWarnings("unused") // through NEXT_LOOK
    private long nextLookNs = NONE;

    @SuppressWarnings("unused") // through PENDING
    private boolean handshakePending;

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(PeerActivity.class, field, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Marks: who sends, or who receives.

    /** Packets with content went out, sealed at {@code nowNs}. */
    public void onDataSent(long nowNs) {
        onSent(nowNs);
        int epoch = (int) ANSWER_EPOCH.getAcquire(this);
        int received = (int) RECEIPTS.getOpaque(this);
        if (!isSet(unansweredSinceNs) || unansweredEpoch != epoch || unansweredReceipts != received) {
            UNANSWERED.setOpaque(this, nowNs);
            UNANSWERED_RECEIPTS.setOpaque(this, received);
            UNANSWERED_EPOCH.setRelease(this, epoch); // after what it vouches for
        }
    }

    /** A keepalive went out. */
    public void onKeepaliveSent(long nowNs) {
        KEEPALIVES_SENT.getAndAdd(this, 1); // first, so that it never looks like data
        onSent(nowNs);
    }

    /** Authentic packets with content came in. */
    public void onDataReceived(long nowNs) {
        onReceived(nowNs);
        int epoch = (int) REPLY_EPOCH.getAcquire(this);
        int sent = (int) SENDS.getOpaque(this);
        if (!isSet(unrepliedSinceNs) || unrepliedEpoch != epoch || unrepliedSends != sent) {
            UNREPLIED_AGAIN.setOpaque(this, false);
            UNREPLIED.setOpaque(this, nowNs);
            UNREPLIED_SENDS.setOpaque(this, sent);
            UNREPLIED_EPOCH.setRelease(this, epoch);
        } else {
            UNREPLIED_AGAIN.setOpaque(this, true);
        }
    }

    /** An authentic keepalive came in. */
    public void onKeepaliveReceived(long nowNs) {
        KEEPALIVES_RECEIVED.getAndAdd(this, 1);
        onReceived(nowNs);
    }

    /** Packets with content are there to go out, and cannot: no key, or nowhere to send to. May be repeated for every packet. */
    public void onStaged() {
        STAGED.setOpaque(this, true);
    }

    /** There is no key to send on, or the one there is has to be renewed. May be repeated for every packet. */
    public void requestHandshake() {
        REQUESTED.setRelease(this, true);
    }

    /** The first authentic packet came in on the peer's next keypair. May be repeated until it has become current. */
    public void confirm(Keypair next) {
        CONFIRMED.setRelease(this, next);
    }

    private void onSent(long nowNs) {
        TRAVERSED.setOpaque(this, nowNs);
        SENDS.getAndAdd(this, 1); // several lanes may send; volatile, see onReceived
    }

    private void onReceived(long nowNs) {
        TRAVERSED.setOpaque(this, nowNs);
        // Volatile, and so is the other side's: of a send and a receipt at the same time one sees the other, or each
        // would
        // take its own mark as settled by the other's.
        RECEIPTS.getAndAdd(this, 1);
    }

    private static boolean isSet(long timeNs) {
        return timeNs != NONE;
    }

    private boolean isUnanswered() {
        return isSet((long) UNANSWERED.getOpaque(this))
                && (int) UNANSWERED_RECEIPTS.getOpaque(this) == (int) RECEIPTS.getOpaque(this);
    }

    private boolean isUnreplied() {
        return isSet((long) UNREPLIED.getOpaque(this))
                && (int) UNREPLIED_SENDS.getOpaque(this) == (int) SENDS.getOpaque(this);
    }

    /** Whether the marks need a look that the control agent does not intend to take in time by itself. */
    boolean wantsAttention() {
        if (CONFIRMED.getOpaque(this) != null) {
            return true;
        }
        if ((boolean) REQUESTED.getOpaque(this) && !(boolean) PENDING.getOpaque(this)) {
            return true;
        }
        if (!isUnanswered() && !isUnreplied()) {
            return false;
        }
        long look = (long) NEXT_LOOK.getOpaque(this);
        return look == NONE
                || look - (long) TRAVERSED.getOpaque(this) > KEEPALIVE_TIMEOUT_NS; // no timer started here is shorter
    }

    // The control agent's side.

    /** Sends of data that were reported; wraps, and is behind while a keepalive is being reported. */
    public int dataSends() {
        int all = (int) SENDS.getVolatile(this); // before what is taken away from it
        return all - (int) KEEPALIVES_SENT.getVolatile(this);
    }

    /** Receipts of data likewise. */
    public int dataReceipts() {
        int all = (int) RECEIPTS.getVolatile(this);
        return all - (int) KEEPALIVES_RECEIVED.getVolatile(this);
    }

    /** Whether packets were staged since this was asked last. */
    public boolean takeStaged() {
        return (boolean) STAGED.getOpaque(this) && (boolean) STAGED.getAndSet(this, false);
    }

    /** Since when data sent is without any authentic answer, or NONE. */
    long unansweredSinceNs() {
        boolean recent = (int) UNANSWERED_EPOCH.getAcquire(this) == answerEpoch && isUnanswered();
        return recent ? (long) UNANSWERED.getOpaque(this) : NONE;
    }

    /** Since when data received is without anything sent, or NONE. */
    long unrepliedSinceNs() {
        boolean recent = (int) UNREPLIED_EPOCH.getAcquire(this) == replyEpoch && isUnreplied();
        return recent ? (long) UNREPLIED.getOpaque(this) : NONE;
    }

    /** Whether data was received again after that. */
    boolean unrepliedAgain() {
        return (boolean) UNREPLIED_AGAIN.getOpaque(this);
    }

    /** When an authentic packet last passed in either direction, or NONE. */
    long traversedNs() {
        return (long) TRAVERSED.getOpaque(this);
    }

    /** How many times sends were reported; wraps. */
    int sends() {
        return (int) SENDS.getOpaque(this);
    }

    /** Takes what was sent until here as answered. */
    void resetUnanswered() {
        ANSWER_EPOCH.setRelease(this, answerEpoch + 1);
    }

    /** Takes what was received until here as replied to. */
    void resetUnreplied() {
        REPLY_EPOCH.setRelease(this, replyEpoch + 1);
    }

    boolean takeHandshakeRequest() {
        return (boolean) REQUESTED.getOpaque(this) && (boolean) REQUESTED.getAndSet(this, false);
    }

    @Nullable Keypair takeConfirmed() {
        return CONFIRMED.getOpaque(this) == null ? null : (Keypair) CONFIRMED.getAndSet(this, null);
    }

    /** Before the marks are read: from here on the lane announces every mark. */
    void beginLook() {
        publishLook(NONE, false);
        VarHandle.fullFence(); // with the one in TouchedPeers.add: either we see the mark or the lane sees this
    }

    /** When the control agent looks next without being called, or NONE; and whether a handshake message is due then. */
    void publishLook(long lookNs, boolean pending) {
        NEXT_LOOK.setOpaque(this, lookNs);
        PENDING.setOpaque(this, pending);
    }
}
