package io.penstock.lab.speed;

import java.nio.ByteBuffer;

/**
 * Head of every UDP datagram of a test:
 *
 * <pre>
 *   0  4  magic "PSUD"
 *   4  1  type: 1 register, 2 registered, 3 data, 4 probe, 5 its answer
 *   5  1  zero
 *   6  2  stream
 *   8  8  token of the session
 *  16  8  sequence, from 0
 *  24  8  time of sending on the sender's own clock, nanoseconds
 * </pre>
 *
 * A client registers each stream and the server answers, so both know that datagrams pass and where they come from. A probe from
 * there comes back as an answer with the same sequence and time.
 */
final class DatagramHeader {
    static final int LENGTH = 32;
    static final byte REGISTER = 1;
    static final byte REGISTERED = 2;
    static final byte DATA = 3;
    static final byte PROBE = 4;
    static final byte ANSWER = 5;

    private static final int MAGIC = 0x50_53_55_44;

    private DatagramHeader() {}

    static void put(ByteBuffer datagram, byte type, int stream, long token) {
        datagram.putInt(0, MAGIC).put(4, type).put(5, (byte) 0).putShort(6, (short) stream);
        datagram.putLong(8, token).putLong(16, 0).putLong(24, 0);
    }

    static void stamp(ByteBuffer datagram, long sequence, long nowNs) {
        datagram.putLong(16, sequence).putLong(24, nowNs);
    }

    /** Makes a probe the answer to itself. */
    static void answer(ByteBuffer probe) {
        probe.put(4, ANSWER);
    }

    /** True if the first {@code length} bytes hold a header of ours. */
    static boolean isValid(ByteBuffer datagram, int length) {
        return length >= LENGTH && datagram.getInt(0) == MAGIC;
    }

    static byte type(ByteBuffer datagram) {
        return datagram.get(4);
    }

    static int stream(ByteBuffer datagram) {
        return Short.toUnsignedInt(datagram.getShort(6));
    }

    static long token(ByteBuffer datagram) {
        return datagram.getLong(8);
    }

    static long sequence(ByteBuffer datagram) {
        return datagram.getLong(16);
    }

    static long sentNs(ByteBuffer datagram) {
        return datagram.getLong(24);
    }
}
