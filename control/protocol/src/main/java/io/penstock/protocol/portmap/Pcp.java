package io.penstock.protocol.portmap;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * PCP, RFC 6887: version 2 of what {@link NatPmp} began, at the same port. Big-endian; IPv4 addresses are mapped ones
 * ({@code ::ffff:a.b.c.d}).
 *
 * <pre>
 * request   u8 version 2 | u8 opcode | u16 0 | u32 seconds | 16 client's address              ANNOUNCE: 24 bytes
 * response  u8 version 2 | u8 128 + opcode | u8 0 | u8 result | u32 seconds | u32 epoch | 12 zeros
 * MAP adds  12 nonce | u8 protocol | 3 zeros | u16 internal port | u16 external port | 16 external address
 * </pre>
 */
public final class Pcp {
    public static final int OK = 0;
    public static final int UNSUPPORTED_VERSION = 1;
    public static final int NOT_AUTHORIZED = 2;
    public static final int NETWORK_FAILURE = 7;
    public static final int NO_RESOURCES = 8;
    public static final int QUOTA = 10;
    public static final int CANNOT_PROVIDE_EXTERNAL = 11;
    public static final int ADDRESS_MISMATCH = 12;

    static final int VERSION = 2;

    private static final int ANNOUNCE = 0;
    private static final int MAP = 1;
    private static final int RESPONSE = 128;
    private static final int UDP = 17;
    private static final int HEADER_LENGTH = 24;
    private static final int MAP_LENGTH = 60;
    private static final int MAX_LENGTH = 1100; // RFC 6887 section 7
    private static final long MAPPED = 0xffff_0000_0000L; // the low half of ::ffff:0.0.0.0

    /** What a gateway says. */
    public sealed interface Response {
        int result();

        /** Granted, or how long a failure is expected to last; unsigned. */
        long lifetimeSeconds();

        /** Seconds since the gateway forgot its mappings last, unsigned. */
        long epochSeconds();

        record Announce(int result, long lifetimeSeconds, long epochSeconds) implements Response {}

        /**
         * The fate of a mapping.
         *
         * @param nonce as in the request; null if a refusal did not repeat it
         * @param externalAddress IPv4; 0 if it is another kind of address, or none
         */
        record Mapped(
                int result,
                long lifetimeSeconds,
                long epochSeconds,
                @Nullable PcpNonce nonce,
                int internalPort,
                int externalPort,
                int externalAddress)
                implements Response {}
    }

    private Pcp() {}

    /**
     * Asks whether somebody is there.
     *
     * @param client the IPv4 address that the request is sent from
     */
    public static byte[] announceRequest(int client) {
        return header(ByteBuffer.allocate(HEADER_LENGTH), ANNOUNCE, 0, client).array();
    }

    /**
     * Asks for a mapping of UDP, or for its end.
     *
     * @param client the IPv4 address that the request is sent from
     * @param nonce the same for as long as the mapping lives
     * @param wantedPort 0 for any
     * @param wantedAddress IPv4, 0 for any
     * @param lifetimeSeconds 0 ends the mapping
     */
    public static byte[] mapRequest(
            int client, PcpNonce nonce, int internalPort, int wantedPort, int wantedAddress, int lifetimeSeconds) {
        return header(ByteBuffer.allocate(MAP_LENGTH), MAP, lifetimeSeconds, client)
                .putLong(nonce.high())
                .putInt(nonce.low())
                .putInt(UDP << 24)
                .putShort((short) internalPort)
                .putShort((short) wantedPort)
                .putLong(0)
                .putLong(MAPPED | Integer.toUnsignedLong(wantedAddress))
                .array();
    }

    private static ByteBuffer header(ByteBuffer out, int opcode, int lifetimeSeconds, int client) {
        return out.put((byte) VERSION)
                .put((byte) opcode)
                .putShort((short) 0)
                .putInt(lifetimeSeconds)
                .putLong(0)
                .putLong(MAPPED | Integer.toUnsignedLong(client));
    }

    /** Reads what came from a gateway; null if it is no response of PCP for announcements or UDP. */
    public static @Nullable Response parse(byte[] datagram) {
        if (datagram.length < HEADER_LENGTH || datagram.length > MAX_LENGTH || datagram[0] != VERSION) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(datagram);
        int opcode = Byte.toUnsignedInt(in.get(1)) - RESPONSE;
        int result = Byte.toUnsignedInt(in.get(3));
        long lifetime = Integer.toUnsignedLong(in.getInt(4));
        long epoch = Integer.toUnsignedLong(in.getInt(8));
        return switch (opcode) {
            case ANNOUNCE -> new Response.Announce(result, lifetime, epoch);
            case MAP -> {
                if (datagram.length < MAP_LENGTH) {
                    yield result == OK ? null : new Response.Mapped(result, lifetime, epoch, null, 0, 0, 0);
                }
                if (Byte.toUnsignedInt(in.get(36)) != UDP) {
                    yield null;
                }
                boolean isV4 = in.getLong(44) == 0 && in.getLong(52) >>> 32 == MAPPED >>> 32;
                yield new Response.Mapped(
                        result,
                        lifetime,
                        epoch,
                        new PcpNonce(in.getLong(24), in.getInt(32)),
                        Short.toUnsignedInt(in.getShort(40)),
                        Short.toUnsignedInt(in.getShort(42)),
                        isV4 ? in.getInt(56) : 0);
            }
            default -> null;
        };
    }

    /**
     * Whether a gateway that was asked in this version does not speak it: an answer of another version, or one that says so.
     * RFC 6887 appendix A.
     */
    public static boolean isRefusalOfVersion(byte[] datagram) {
        if (datagram.length < 4) {
            return false;
        }
        int result = ByteBuffer.wrap(datagram).getShort(2);
        return Byte.toUnsignedInt(datagram[1]) >= RESPONSE
                && (datagram[0] == NatPmp.VERSION || datagram[0] == 1 || datagram[0] == VERSION)
                && result == UNSUPPORTED_VERSION;
    }
}
