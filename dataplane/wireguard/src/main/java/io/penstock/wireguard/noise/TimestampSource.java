package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.TIMESTAMP_RESERVE_SECONDS;

import org.jspecify.annotations.Nullable;

/**
 * Makes the timestamps of our own initiations: the wall clock, but never one that a peer may have seen before. Stamps are
 * reserved some seconds ahead; the owner stores each reservation, and at its end the first stamp left over; it restores what
 * is stored after a start, and so handshakes work although the clock was set back in between. Owned by the control agent.
 * Whitepaper section 5.1.
 */
public final class TimestampSource {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Tai64n highest = Tai64n.ofUnix(0, 0);
    private Tai64n reserved = Tai64n.ofUnix(0, 0);
    private @Nullable Tai64n reservation;
    private @Nullable Tai64n forgotten;
    private long wallSeconds;
    private int wallNanos;
    private long wallSetNs;

    /** Tells the wall clock's time, since the Unix epoch, at {@code nowNs}. It may jump either way. */
    public void setWallClock(long nowNs, long unixSeconds, int nanos) {
        wallSetNs = nowNs;
        wallSeconds = unixSeconds;
        wallNanos = nanos;
    }

    /** Continues behind what was stored before: every stamp from here on is at least this one. */
    public void restore(long unixSeconds, int nanos) {
        Tai64n floor = Tai64n.ofUnix(unixSeconds, nanos);
        if (floor.isAfter(highest)) {
            highest = floor;
        }
        if (floor.isAfter(reserved)) {
            reserved = floor;
        }
    }

    /** Has the next stamp reserved anew: the last reservation was stored for another private key. */
    public void forgetReservation() {
        reserved = Tai64n.ofUnix(0, 0);
    }

    /**
     * A peer goes, and the last stamp made for it with it. It may come back: a first stamp from here on is later than all
     * that were made before.
     */
    public void forgetPeer() {
        forgotten = highest;
    }

    /**
     * A stamp for a peer, later than {@code previous}, the last one made for it, and not before any other. Different peers
     * may get the same one: a thousand handshakes at once do not run ahead of the clock.
     */
    public Tai64n next(@Nullable Tai64n previous, long nowNs) {
        Tai64n stamp = wallClock(nowNs);
        if (highest.isAfter(stamp)) {
            stamp = highest;
        }
        Tai64n bound = previous == null ? forgotten : previous;
        if (bound != null && !stamp.isAfter(bound)) {
            stamp = bound.next();
        }
        highest = stamp;
        if (!reserved.isAfter(stamp)) {
            reserved = stamp.plusSeconds(TIMESTAMP_RESERVE_SECONDS);
            reservation = reserved;
        }
        return stamp;
    }

    /** A reservation to be stored before the stamp just made leaves, or null if the last one still covers it. */
    public @Nullable Tai64n pollReservation() {
        Tai64n polled = reservation;
        reservation = null;
        return polled;
    }

    /** The first stamp that nobody can have seen: as good to store at the end as the last reservation, and not ahead. */
    public Tai64n unused() {
        return highest.next();
    }

    private Tai64n wallClock(long nowNs) {
        long nanos = wallNanos + (nowNs - wallSetNs);
        return Tai64n.ofUnix(
                wallSeconds + Math.floorDiv(nanos, NANOS_PER_SECOND), (int) Math.floorMod(nanos, NANOS_PER_SECOND));
    }
}
