package io.penstock.sim;

import io.penstock.wireguard.Endpoint;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What arrives somewhere.
 *
 * @param origin the message it is, unchanged; null for what nobody has sent like this
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Datagram(
        byte[] bytes, Endpoint from, Endpoint to, @Nullable Message origin) {
    /** These bytes, which once were that message, and may be still. */
    static Datagram of(byte[] bytes, Endpoint from, Endpoint to, Message once) {
        return new Datagram(bytes, from, to, once.isStill(bytes) ? once : null);
    }

    int type() {
        return bytes.length == 0 ? 0 : bytes[0];
    }

    long digest() {
        return (long) Arrays.hashCode(bytes) << 16 ^ from.hashCode();
    }

    static boolean sameRemote(@Nullable Endpoint one, @Nullable Endpoint other) {
        if (one == null || other == null) {
            return one == null && other == null;
        }
        return one.isV6() == other.isV6()
                && one.high() == other.high()
                && one.low() == other.low()
                && one.port() == other.port();
    }

    @Override
    public String toString() {
        return (origin == null ? "alien of type " + type() : origin.toString()) + ", " + bytes.length + " bytes, "
                + from + " > " + to;
    }
}
