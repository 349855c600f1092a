package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.TAI64_EPOCH;
import static io.penstock.wireguard.Protocol.TIMESTAMP_LENGTH;
import static io.penstock.wireguard.Protocol.TIMESTAMP_STEP_NS;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Timestamp of an initiation: a TAI64N label of 12 big-endian bytes. Compared as those bytes, unsigned, since a received one
 * may say anything. Whitepaper section 5.1.
 *
 * @param label seconds as on the wire, the Unix epoch being {@code 0x400000000000000a}
 * @param nanos nanoseconds as on the wire
 */
public record Tai64n(long label, int nanos) implements Comparable<Tai64n> {
    private static final int NANOS_PER_SECOND = 1_000_000_000;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** The stamp of a time, with the fine part of its nanoseconds cleared. */
    public static Tai64n ofUnix(long unixSeconds, int nanos) {
        return new Tai64n(TAI64_EPOCH + unixSeconds, nanos & -TIMESTAMP_STEP_NS);
    }

    /** Reads the 12 bytes at {@code offset}. */
    public static Tai64n read(byte[] bytes, int offset) {
        return new Tai64n((long) LONGS.get(bytes, offset), (int) INTS.get(bytes, offset + Long.BYTES));
    }

    /** Writes the 12 bytes at {@code offset}. */
    public void write(byte[] bytes, int offset) {
        LONGS.set(bytes, offset, label);
        INTS.set(bytes, offset + Long.BYTES, nanos);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[TIMESTAMP_LENGTH];
        write(bytes, 0);
        return bytes;
    }

    public long unixSeconds() {
        return label - TAI64_EPOCH;
    }

    /** The next stamp that a sender may use after this one. */
    public Tai64n next() {
        int stepped = (nanos & -TIMESTAMP_STEP_NS) + TIMESTAMP_STEP_NS;
        return stepped >= NANOS_PER_SECOND ? new Tai64n(label + 1, 0) : new Tai64n(label, stepped);
    }

    public Tai64n plusSeconds(long seconds) {
        return new Tai64n(label + seconds, nanos);
    }

    public boolean isAfter(Tai64n other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Tai64n other) {
        int bySeconds = Long.compareUnsigned(label, other.label);
        return bySeconds != 0 ? bySeconds : Integer.compareUnsigned(nanos, other.nanos);
    }
}
