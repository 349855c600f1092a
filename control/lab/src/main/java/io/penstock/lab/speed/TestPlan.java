package io.penstock.lab.speed;

import java.nio.ByteBuffer;

/**
 * What one test does; checked once, on both sides.
 *
 * @param udp datagrams instead of TCP
 * @param reverse the server sends
 * @param streams parallel connections, 1 to 64
 * @param sizeBytes bytes per write (TCP) or per datagram's payload (UDP)
 * @param rateBits upper bound in bits per second over all streams, 0 for none
 * @param durationNs how long the sender sends
 */
public record TestPlan(boolean udp, boolean reverse, int streams, int sizeBytes, long rateBits, long durationNs) {
    public static final int MAX_STREAMS = 64;
    public static final int DEFAULT_TCP_BYTES = 128 * 1024;

    /** Fits IPv6 and UDP headers into a tunnel of MTU 1420. */
    public static final int DEFAULT_UDP_BYTES = 1372;

    /** A flood is not a friendly default on somebody's line. */
    public static final long DEFAULT_UDP_RATE_BITS = 100_000_000;

    static final int LENGTH = 32;

    private static final int MAX_TCP_BYTES = 4 << 20;
    private static final int MAX_UDP_BYTES = 65_507;
    private static final long MAX_RATE_BITS = 10_000_000_000_000L;
    private static final long MIN_DURATION_NS = 100_000_000L;
    private static final long MAX_DURATION_NS = 3_600_000_000_000L;

    public TestPlan {
        require(streams >= 1 && streams <= MAX_STREAMS, "streams must be 1 to " + MAX_STREAMS + ", not " + streams);
        int min = udp ? DatagramHeader.LENGTH : 1;
        int max = udp ? MAX_UDP_BYTES : MAX_TCP_BYTES;
        require(
                sizeBytes >= min && sizeBytes <= max,
                (udp ? "a datagram's size" : "a write's size") + " must be " + min + " to " + max + " bytes, not "
                        + sizeBytes);
        require(
                rateBits >= 0 && rateBits <= MAX_RATE_BITS,
                "the rate must be 0 to " + MAX_RATE_BITS + " bits per second, not " + rateBits);
        require(
                durationNs >= MIN_DURATION_NS && durationNs <= MAX_DURATION_NS,
                "a test takes 100 ms to 1 hour, not " + durationNs / 1e9 + " s");
    }

    /** One TCP stream to the server, as fast as it goes. */
    public static TestPlan tcp(long durationNs) {
        return new TestPlan(false, false, 1, DEFAULT_TCP_BYTES, 0, durationNs);
    }

    /** One UDP stream to the server at the given rate. */
    public static TestPlan udp(long rateBits, long durationNs) {
        return new TestPlan(true, false, 1, DEFAULT_UDP_BYTES, rateBits, durationNs);
    }

    public TestPlan reversed() {
        return new TestPlan(udp, true, streams, sizeBytes, rateBits, durationNs);
    }

    public TestPlan withStreams(int count) {
        return new TestPlan(udp, reverse, count, sizeBytes, rateBits, durationNs);
    }

    long rateBitsPerStream() {
        return rateBits == 0 ? 0 : Math.max(1, rateBits / streams);
    }

    ByteBuffer encode() {
        return ByteBuffer.allocate(LENGTH)
                .put((byte) (udp ? 1 : 0))
                .put((byte) (reverse ? 1 : 0))
                .putShort((short) 0)
                .putInt(streams)
                .putInt(sizeBytes)
                .putInt(0)
                .putLong(rateBits)
                .putLong(durationNs)
                .flip();
    }

    static TestPlan decode(ByteBuffer body) throws SpeedException {
        if (body.remaining() != LENGTH) {
            throw new SpeedException("a test plan has " + LENGTH + " bytes, not " + body.remaining());
        }
        boolean udp = body.get() != 0;
        boolean reverse = body.get() != 0;
        body.getShort();
        int streams = body.getInt();
        int sizeBytes = body.getInt();
        body.getInt();
        try {
            return new TestPlan(udp, reverse, streams, sizeBytes, body.getLong(), body.getLong());
        } catch (IllegalArgumentException e) {
            throw new SpeedException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
