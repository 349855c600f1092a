package io.penstock.wireguard.peer;

import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.REJECT_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REJECT_AFTER_TIME_NS;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_RECEIVE_NS;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_TIME_NS;

import io.penstock.wireguard.SecretMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one session and what counts their use. Made and wiped by the control agent; lanes use it in between.
 * Whitepaper sections 5.4.5 and 6.
 *
 * <p>Keys lie in secret memory until {@link #wipe}, which the owner calls only after every lane has let go.
 */
public final class Keypair {
    /** Secret memory of one keypair: the sending key, then the receiving key. */
    public static final int SECRET_LENGTH = 2 * KEY_LENGTH;

    /** Closer to the limit than this, counters are taken by compare-and-set, so that no race can step over it. */
    private static final long CAUTION = 1L << 32;

    private static final VarHandle COUNTER;
    private static final VarHandle SENDING_EXPIRED;
    private static final VarHandle RENEWAL_ASKED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            COUNTER = lookup.findVarHandle(Keypair.class, "counter", long.class);
            SENDING_EXPIRED = lookup.findVarHandle(Keypair.class, "sendingExpired", boolean.class);
            RENEWAL_ASKED = lookup.findVarHandle(Keypair.class, "renewalAsked", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Peer peer;
    private final int localIndex;
    private final int remoteIndex;
    private final boolean initiator;
    private final long createdNs;
    private final long rekeyAfterNs;
    private final SecretMemory memory;
    private final long keysAddress;
    private final ReplayWindow replayWindow = new ReplayWindow();
    private @Nullable UnsafeBuffer keys;

    @SuppressWarnings("unused") // through COUNTER
    private long counter;

    @SuppressWarnings("unused") // through SENDING_EXPIRED
    private boolean sendingExpired;

    @SuppressWarnings("unused") // through RENEWAL_ASKED
    private boolean renewalAsked;

    /**
     * Takes over the keys; to be renewed after the protocol's time.
     *
     * @param keys {@link #SECRET_LENGTH} bytes from {@code memory}, which get them back at {@link #wipe}
     */
    public Keypair(
            Peer peer,
            int localIndex,
            int remoteIndex,
            boolean initiator,
            long createdNs,
            SecretMemory memory,
            UnsafeBuffer keys) {
        this(peer, localIndex, remoteIndex, initiator, createdNs, REKEY_AFTER_TIME_NS, memory, keys);
    }

    /**
     * Takes over the keys.
     *
     * @param rekeyAfterNs age at which a sending initiator asks for new keys
     * @param keys {@link #SECRET_LENGTH} bytes from {@code memory}, which get them back at {@link #wipe}
     */
    public Keypair(
            Peer peer,
            int localIndex,
            int remoteIndex,
            boolean initiator,
            long createdNs,
            long rekeyAfterNs,
            SecretMemory memory,
            UnsafeBuffer keys) {
        this.peer = peer;
        this.localIndex = localIndex;
        this.remoteIndex = remoteIndex;
        this.initiator = initiator;
        this.createdNs = createdNs;
        this.rekeyAfterNs = rekeyAfterNs;
        this.memory = memory;
        this.keys = keys;
        this.keysAddress = keys.addressOffset();
    }

    public Peer peer() {
        return peer;
    }

    /** The index by which the peer addresses us. */
    public int localIndex() {
        return localIndex;
    }

    /** The index by which we address the peer. */
    public int remoteIndex() {
        return remoteIndex;
    }

    /** Whether we initiated the handshake that made these keys; only then do we renew them by time. */
    public boolean isInitiator() {
        return initiator;
    }

    public long createdNs() {
        return createdNs;
    }

    /** Address of the 32 bytes that seal what we send. Any thread, until {@link #wipe}. */
    public long sendKeyAddress() {
        return keysAddress;
    }

    /** Address of the 32 bytes that open what we receive. Any thread, until {@link #wipe}. */
    public long receiveKeyAddress() {
        return keysAddress + KEY_LENGTH;
    }

    /**
     * Takes {@code count} counters that nobody else gets. Any thread.
     *
     * @return the first of the range, unsigned; or -1 when these keys may seal no more
     */
    public long reserveCounters(int count) {
        if (count <= 0) {
            throw new IllegalArgumentException("count must be positive: " + count);
        }
        if ((boolean) SENDING_EXPIRED.getAcquire(this)) {
            return -1;
        }
        // Far from the limit an add cannot pass it, whoever else adds between these two lines.
        if (Long.compareUnsigned((long) COUNTER.getOpaque(this), REJECT_AFTER_MESSAGES - CAUTION) < 0) {
            return (long) COUNTER.getAndAdd(this, (long) count);
        }
        return reserveNearLimit(count);
    }

    private long reserveNearLimit(int count) {
        while (true) {
            long first = (long) COUNTER.getOpaque(this);
            boolean spent = Long.compareUnsigned(first, REJECT_AFTER_MESSAGES) >= 0;
            if (spent || Long.compareUnsigned(REJECT_AFTER_MESSAGES - first, count) < 0) {
                expireSending();
                return -1;
            }
            if (COUNTER.compareAndSet(this, first, first + count)) {
                return first;
            }
        }
    }

    /** The next counter to be taken, which is the number of messages sealed so far; unsigned. */
    public long sendCounter() {
        return (long) COUNTER.getOpaque(this);
    }

    /** Where counters go on; for tests of the limits. */
    void sendCounter(long next) {
        COUNTER.setOpaque(this, next);
    }

    /** Ends sending on these keys; receiving goes on. Any thread. */
    public void expireSending() {
        SENDING_EXPIRED.setRelease(this, true);
    }

    /** Touched by the receiving lane only. */
    public ReplayWindow replayWindow() {
        return replayWindow;
    }

    /** Whether the keys are too old to send or receive anything. Any thread. */
    public boolean isExpired(long nowNs) {
        return nowNs - createdNs >= REJECT_AFTER_TIME_NS;
    }

    /** Whether a message may be sealed: neither too old nor spent nor expired by a change of keys. Any thread. */
    public boolean canSend(long nowNs) {
        return !isExpired(nowNs) && !(boolean) SENDING_EXPIRED.getAcquire(this);
    }

    /**
     * Whether the lane that just sent on these keys has to request a handshake; true every time until there are new ones,
     * since requests are cheap and one may come too early after another handshake message.
     */
    public boolean wantsRekeyAfterSend(long nowNs) {
        return (initiator && nowNs - createdNs > rekeyAfterNs)
                || Long.compareUnsigned(sendCounter(), REKEY_AFTER_MESSAGES) > 0;
    }

    /**
     * Whether the lane that just received from the peer has to request a handshake; asked of the peer's current keypair,
     * whichever the message came on. True once in the life of a keypair.
     */
    public boolean wantsRekeyAfterReceive(long nowNs) {
        return initiator
                && nowNs - createdNs > REKEY_AFTER_RECEIVE_NS
                && !(boolean) SENDING_EXPIRED.getAcquire(this)
                && !(boolean) RENEWAL_ASKED.getOpaque(this)
                && RENEWAL_ASKED.compareAndSet(this, false, true);
    }

    /** Zeroes the keys and gives their memory back; once is enough, more does no harm. Control agent only. */
    public void wipe() {
        expireSending();
        UnsafeBuffer region = keys;
        keys = null;
        if (region != null) {
            memory.release(region);
        }
    }

    /** Names the keypair in logs without its keys. */
    @Override
    public String toString() {
        return "Keypair[" + Integer.toHexString(localIndex) + "]";
    }
}
