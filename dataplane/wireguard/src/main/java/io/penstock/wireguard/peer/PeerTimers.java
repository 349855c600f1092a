package io.penstock.wireguard.peer;

import static io.penstock.wireguard.Protocol.KEEPALIVE_TIMEOUT_NS;
import static io.penstock.wireguard.Protocol.MAX_TIMER_HANDSHAKES;
import static io.penstock.wireguard.Protocol.NEW_HANDSHAKE_AFTER_NS;
import static io.penstock.wireguard.Protocol.REKEY_TIMEOUT_JITTER_MAX_NS;
import static io.penstock.wireguard.Protocol.REKEY_TIMEOUT_NS;
import static io.penstock.wireguard.Protocol.ZERO_KEYS_AFTER_NS;

import io.penstock.wireguard.Entropy;
import org.jspecify.annotations.Nullable;

/**
 * All timers of one peer. The lane's marks and the control agent's own events go in; what is due comes out as bits, for the
 * caller to do. Owned by the control agent. Whitepaper sections 6.2 to 6.5; details as in Linux and wireguard-go.
 *
 * <p>A visit is {@link #onTime}, then what it says, then {@link #settle}. Events between those or before them are fine, but
 * every event must be followed by a visit, since only that makes the next deadline known.
 *
 * <p>In three points more is done than there: a start or retry that comes too early after another handshake message is put
 * off until it may go, rather than forgotten; a persistent keepalive that could not be sent is tried again; and for some
 * seconds after a key was renewed a handshake is repeated each second, since the peer may hear of that key at any moment.
 */
public final class PeerTimers {
    /** No point in time. */
    public static final long NONE = PeerActivity.NONE;

    // What is due.
    public static final int SEND_KEEPALIVE = 1;
    public static final int START_HANDSHAKE = 1 << 1;
    public static final int FORGET_SOURCE = 1 << 2;
    /** The peer does not answer: drop what is staged. */
    public static final int GIVE_UP = 1 << 3;

    public static final int ZERO_KEYS = 1 << 4;

    /** While packets pass, a visit comes at least this often; just below the shortest timer that a packet starts. */
    private static final long VISIT_INTERVAL_NS = KEEPALIVE_TIMEOUT_NS - 1_000_000_000L;

    /** Between initiations while a key is new, and for how long it is. */
    private static final long HURRY_NS = 1_000_000_000L;

    private static final long NEW_KEY_NS = 2 * REKEY_TIMEOUT_NS;

    private final PeerActivity activity;
    private final Entropy entropy;

    private boolean running;
    private long traversedNs = NONE; // as seen at the last visit

    private long handshakeSentNs = NONE;
    private long retransmitNs = NONE;
    private boolean deferred; // the retransmit timer stands for a first try that had to wait
    private boolean refused; // the last try could not be sent at all
    private int attempts;
    private long hurryUntilNs = NONE; // of a key that was renewed

    private long unansweredNs = NONE;
    private long newHandshakeNs = NONE;

    private long unrepliedNs = NONE;
    private long anotherKeepaliveNs = NONE; // "need another": armed when a passive keepalive is due
    private int sendsAtKeepalive;

    private long persistentIntervalNs;
    private long persistentBaseNs = NONE;

    private long zeroKeysNs = NONE;

    public PeerTimers(PeerActivity activity, Entropy entropy) {
        this.activity = activity;
        this.entropy = entropy;
    }

    /** Begins to take notice; the first handshake may go at once. */
    public void start(long nowNs) {
        stop();
        running = true;
        persistentBaseNs = nowNs;
    }

    /** Disarms everything and ignores all marks. */
    public void stop() {
        running = false;
        handshakeSentNs = NONE;
        disarmRetransmit();
        attempts = 0;
        hurryUntilNs = NONE;
        answered();
        replied();
        zeroKeysNs = NONE;
        activity.takeHandshakeRequest();
    }

    // Events of the control agent.

    /** Whether a handshake message may go to the peer: none did in the last five seconds, or one while a key is new. */
    public boolean mayHandshake(long nowNs) {
        return handshakeSentNs == NONE || nowNs - handshakeSentNs >= pauseNs(nowNs);
    }

    private long pauseNs(long nowNs) {
        return hurryUntilNs != NONE && nowNs - hurryUntilNs < 0 ? HURRY_NS : REKEY_TIMEOUT_NS;
    }

    /** Our key has changed: the next handshake may start at once, and one under way starts over at once. */
    public void onPrivateKeyChange(long nowNs) {
        handshakeSentNs = NONE;
        if (retransmitNs != NONE) {
            deferred = true;
            retransmitNs = nowNs;
        }
    }

    /** Our key or the peer's was renewed, as {@link #onPrivateKeyChange}; who has not heard of it yet soon will. */
    public void onKeyRenewed(long nowNs) {
        onPrivateKeyChange(nowNs);
        hurryUntilNs = nowNs + NEW_KEY_NS;
    }

    /**
     * A handshake is wanted, for whatever reason but the retransmit timer.
     *
     * @return true if the caller has to send an initiation; else the retransmit timer will have one sent
     */
    public boolean requestHandshake(long nowNs) {
        attempts = 0;
        boolean retryComes = retransmitNs != NONE && !refused && handshakeSentNs != NONE;
        if (mayHandshake(nowNs) && !retryComes) {
            return true;
        }
        if (retransmitNs == NONE) {
            deferred = true;
            retransmitNs = handshakeSentNs + pauseNs(nowNs) + jitterNs();
        }
        return false;
    }

    public void onInitiationSent(long nowNs) {
        armRetransmit(nowNs);
        refused = false;
        onHandshakeSent(nowNs);
    }

    public void onResponseSent(long nowNs) {
        onHandshakeSent(nowNs);
    }

    /** There was no endpoint or no usable key: the retransmit timer tries again. */
    public void onInitiationRefused(long nowNs) {
        armRetransmit(nowNs);
        refused = true;
    }

    /** Whether the last initiation could not be sent, and still waits to be. */
    public boolean isRefused() {
        return refused && retransmitNs != NONE;
    }

    /** An authentic initiation or response came in. */
    public void onHandshakeReceived(long nowNs) {
        answered();
        persistentBaseNs = nowNs;
    }

    /** There are new keys, in either role. */
    public void onKeysDerived(long nowNs) {
        zeroKeysNs = nowNs + ZERO_KEYS_AFTER_NS;
    }

    /** The initiator has its response, or the responder its first packet. */
    public void onHandshakeComplete() {
        disarmRetransmit();
        attempts = 0;
        hurryUntilNs = NONE;
        activity.takeHandshakeRequest(); // asked for the keys that are here
    }

    /** Interval in seconds, 0 for off; counted from the last packet, or from now if there was none. */
    public void persistentKeepalive(int seconds, long nowNs) {
        if (persistentIntervalNs == 0) {
            persistentBaseNs = nowNs;
        }
        persistentIntervalNs = seconds * 1_000_000_000L;
    }

    // The visit.

    /** Takes the keypair on which the lane has received for the first time, or null; first thing of a visit. */
    public @Nullable Keypair takeConfirmed() {
        return activity.takeConfirmed();
    }

    /** Takes the marks, fires what is due, and says by bits what the caller has to do. */
    public int onTime(long nowNs) {
        activity.beginLook();
        boolean requested = activity.takeHandshakeRequest();
        if (!running) {
            return 0;
        }
        if (requested) {
            attempts = 0; // before the retransmit timer can give up
        }
        takeMarks();
        int due = fireRetransmit(nowNs) | fireNewHandshake(nowNs) | fireKeepalive(nowNs) | firePersistent(nowNs);
        if (isDue(zeroKeysNs, nowNs)) {
            zeroKeysNs = NONE;
            due |= ZERO_KEYS;
        }
        if (requested && (due & START_HANDSHAKE) == 0 && requestHandshake(nowNs)) {
            due |= START_HANDSHAKE;
        }
        return due;
    }

    /** Ends a visit: lets the lane know when the next one is. Returns that time, or {@link #NONE}. */
    public long settle(long nowNs) {
        if (!running) {
            activity.publishLook(NONE, false);
            return NONE;
        }
        long next = earlier(retransmitNs, newHandshakeNs);
        next = earlier(next, keepaliveNs());
        next = earlier(next, persistentNs());
        next = earlier(next, zeroKeysNs);
        long traversed = activity.traversedNs();
        if (traversed != traversedNs) {
            traversedNs = traversed;
            next = earlier(next, nowNs + VISIT_INTERVAL_NS);
        }
        activity.publishLook(next, retransmitNs != NONE && (refused || handshakeSentNs != NONE));
        return next;
    }

    private void takeMarks() {
        long unanswered = activity.unansweredSinceNs();
        if (unanswered != unansweredNs) {
            unansweredNs = unanswered;
            newHandshakeNs = unanswered == NONE ? NONE : unanswered + NEW_HANDSHAKE_AFTER_NS + jitterNs();
        }
        unrepliedNs = activity.unrepliedSinceNs();
        if (anotherKeepaliveNs != NONE && activity.sends() - sendsAtKeepalive > 1) {
            anotherKeepaliveNs = NONE; // something else than the keepalive that armed it was sent
        }
    }

    private int fireRetransmit(long nowNs) {
        if (!isDue(retransmitNs, nowNs)) {
            return 0;
        }
        if (!mayHandshake(nowNs)) { // we have responded in the meantime
            retransmitNs = handshakeSentNs + pauseNs(nowNs) + jitterNs();
            return 0;
        }
        boolean first = deferred;
        disarmRetransmit();
        if (first) {
            return START_HANDSHAKE;
        }
        if (attempts > MAX_TIMER_HANDSHAKES) {
            replied();
            if (zeroKeysNs == NONE) {
                zeroKeysNs = nowNs + ZERO_KEYS_AFTER_NS;
            }
            return GIVE_UP;
        }
        attempts++;
        return START_HANDSHAKE | FORGET_SOURCE;
    }

    private int fireNewHandshake(long nowNs) {
        if (!isDue(newHandshakeNs, nowNs)) {
            return 0;
        }
        answered();
        return FORGET_SOURCE | (requestHandshake(nowNs) ? START_HANDSHAKE : 0);
    }

    private int fireKeepalive(long nowNs) {
        if (!isDue(keepaliveNs(), nowNs)) {
            return 0;
        }
        boolean again = anotherKeepaliveNs != NONE ? unrepliedNs != NONE : activity.unrepliedAgain();
        replied();
        if (again) {
            anotherKeepaliveNs = nowNs + KEEPALIVE_TIMEOUT_NS;
            sendsAtKeepalive = activity.sends();
        }
        return SEND_KEEPALIVE;
    }

    private int firePersistent(long nowNs) {
        if (!isDue(persistentNs(), nowNs)) {
            return 0;
        }
        persistentBaseNs = nowNs;
        return SEND_KEEPALIVE;
    }

    private void onHandshakeSent(long nowNs) {
        handshakeSentNs = nowNs;
        replied();
        persistentBaseNs = nowNs;
    }

    private void armRetransmit(long nowNs) {
        deferred = false;
        retransmitNs = nowNs + pauseNs(nowNs) + jitterNs();
    }

    private void disarmRetransmit() {
        retransmitNs = NONE;
        deferred = false;
        refused = false;
    }

    private void answered() {
        activity.resetUnanswered();
        unansweredNs = NONE;
        newHandshakeNs = NONE;
    }

    private void replied() {
        activity.resetUnreplied();
        unrepliedNs = NONE;
        anotherKeepaliveNs = NONE;
    }

    /** One timer in the paper: what arms it anew while it runs only counts as "need another". */
    private long keepaliveNs() {
        if (anotherKeepaliveNs != NONE) {
            return anotherKeepaliveNs;
        }
        return unrepliedNs == NONE ? NONE : unrepliedNs + KEEPALIVE_TIMEOUT_NS;
    }

    private long persistentNs() {
        if (persistentIntervalNs == 0) {
            return NONE;
        }
        long traversed = activity.traversedNs();
        boolean later = traversed != NONE && traversed - persistentBaseNs > 0;
        return (later ? traversed : persistentBaseNs) + persistentIntervalNs;
    }

    private long jitterNs() {
        return (Integer.toUnsignedLong(entropy.nextInt()) * REKEY_TIMEOUT_JITTER_MAX_NS) >>> Integer.SIZE;
    }

    private static boolean isDue(long deadlineNs, long nowNs) {
        return deadlineNs != NONE && nowNs - deadlineNs >= 0;
    }

    private static long earlier(long oneNs, long otherNs) {
        if (oneNs == NONE || otherNs == NONE) {
            return oneNs == NONE ? otherNs : oneNs;
        }
        return oneNs - otherNs < 0 ? oneNs : otherNs;
    }
}
