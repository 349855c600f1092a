package io.penstock.engine.lane;

import io.penstock.engine.io.ReceiveBatch;
import io.penstock.wireguard.Endpoint;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** Where a datagram came from and arrived at, as fields of a record in a ring: written without an object, read as one. */
final class SourceFields {
    /** Bytes of the fields; a multiple of eight. */
    static final int LENGTH = 48;

    private static final int V6 = 0; // u8
    private static final int PORT = 4;
    private static final int SCOPE = 8;
    private static final int LOCAL_INTERFACE = 12;
    private static final int HIGH = 16;
    private static final int LOW = 24;
    private static final int LOCAL_HIGH = 32;
    private static final int LOCAL_LOW = 40;

    /** Writes the source of {@code message} to {@code at}. Allocates nothing. */
    static void put(MutableDirectBuffer buffer, int at, ReceiveBatch batch, int message) {
        buffer.putByte(at + V6, (byte) (batch.isV6(message) ? 1 : 0));
        buffer.putInt(at + PORT, batch.port(message));
        buffer.putInt(at + SCOPE, batch.scopeId(message));
        buffer.putInt(at + LOCAL_INTERFACE, batch.localInterface(message));
        buffer.putLong(at + HIGH, batch.high(message));
        buffer.putLong(at + LOW, batch.low(message));
        buffer.putLong(at + LOCAL_HIGH, batch.localHigh(message));
        buffer.putLong(at + LOCAL_LOW, batch.localLow(message));
    }

    /** The source at {@code at}, with the local address and interface it came to. */
    static Endpoint get(DirectBuffer buffer, int at) {
        Endpoint remote = buffer.getByte(at + V6) != 0
                ? Endpoint.v6(
                        buffer.getLong(at + HIGH),
                        buffer.getLong(at + LOW),
                        buffer.getInt(at + PORT),
                        buffer.getInt(at + SCOPE))
                : Endpoint.v4((int) buffer.getLong(at + LOW), buffer.getInt(at + PORT));
        return remote.withLocal(
                buffer.getLong(at + LOCAL_HIGH), buffer.getLong(at + LOCAL_LOW), buffer.getInt(at + LOCAL_INTERFACE));
    }

    private SourceFields() {}
}
