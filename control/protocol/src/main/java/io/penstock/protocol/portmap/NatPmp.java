package io.penstock.protocol.portmap;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * NAT-PMP, RFC 6886 sections 3.2 and 3.3. Big-endian, over UDP to port {@link #PORT} of the gateway.
 *
 * <pre>
 * request   u8 version 0 | u8 operation                                   external address: 2 bytes
 *           u16 0 | u16 internal port | u16 wanted port | u32 seconds     map UDP: 12 bytes
 * response  u8 version 0 | u8 128 + operation | u16 result | u32 epoch in seconds
 *           u32 address                                                   external address: 12 bytes
 *           u16 internal port | u16 external port | u32 seconds           map UDP: 16 bytes
 * </pre>
 */
public final class NatPmp {
    /** Of gateways, for NAT-PMP and PCP. */
    public static final int PORT = 5351;

    public static final int OK = 0;
    public static final int UNSUPPORTED_VERSION = 1;
    public static final int NOT_AUTHORIZED = 2;
    public static final int NETWORK_FAILURE = 3;
    public static final int OUT_OF_RESOURCES = 4;
    public static final int UNSUPPORTED_OPCODE = 5;

    static final int VERSION = 0;

    private static final int ADDRESS = 0;
    private static final int MAP_UDP = 1;
    private static final int RESPONSE = 128;
    private static final int HEAD_LENGTH = 8;
    private static final int ADDRESS_LENGTH = 12;
    private static final int MAP_LENGTH = 16;
    private static final int REQUEST_LENGTH = 12;

    /** What a gateway says. */
    public sealed interface Response {
        /** 0 if it did what was asked. */
        int result();

        /** Seconds since the gateway forgot its mappings last, unsigned. */
        long epochSeconds();

        /**
         * The gateway's address outside.
         *
         * @param address IPv4; 0 if there is none or {@code result} is not {@link #OK}
         */
        record Address(int result, long epochSeconds, int address) implements Response {}

        /**
         * The fate of a mapping.
         *
         * @param lifetimeSeconds granted, unsigned; 0 answers the end of a mapping
         */
        record Mapped(int result, long epochSeconds, int internalPort, int externalPort, long lifetimeSeconds)
                implements Response {}
    }

    private NatPmp() {}

    public static byte[] addressRequest() {
        return new byte[] {VERSION, ADDRESS};
    }

    /**
     * Asks for a mapping, or for its end.
     *
     * @param wantedPort 0 for any
     * @param lifetimeSeconds 0 ends the mapping; {@code wantedPort} is 0 then
     */
    public static byte[] mapRequest(int internalPort, int wantedPort, int lifetimeSeconds) {
        return ByteBuffer.allocate(REQUEST_LENGTH)
                .put((byte) VERSION)
                .put((byte) MAP_UDP)
                .putShort((short) 0)
                .putShort((short) internalPort)
                .putShort((short) wantedPort)
                .putInt(lifetimeSeconds)
                .array();
    }

    /** Reads what came from a gateway; null if it is no response of NAT-PMP for addresses or UDP. */
    public static @Nullable Response parse(byte[] datagram) {
        if (datagram.length < HEAD_LENGTH || datagram[0] != VERSION) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(datagram);
        int operation = Byte.toUnsignedInt(in.get(1)) - RESPONSE;
        int result = Short.toUnsignedInt(in.getShort(2));
        long epoch = Integer.toUnsignedLong(in.getInt(4));
        // A gateway that refuses may leave out the rest.
        return switch (operation) {
            case ADDRESS -> {
                if (datagram.length < ADDRESS_LENGTH) {
                    yield result == OK ? null : new Response.Address(result, epoch, 0);
                }
                yield new Response.Address(result, epoch, result == OK ? in.getInt(8) : 0);
            }
            case MAP_UDP -> {
                if (datagram.length < MAP_LENGTH) {
                    yield result == OK ? null : new Response.Mapped(result, epoch, 0, 0, 0);
                }
                yield new Response.Mapped(
                        result,
                        epoch,
                        Short.toUnsignedInt(in.getShort(8)),
                        Short.toUnsignedInt(in.getShort(10)),
                        Integer.toUnsignedLong(in.getInt(12)));
            }
            default -> null;
        };
    }
}
