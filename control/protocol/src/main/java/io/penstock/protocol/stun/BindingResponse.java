package io.penstock.protocol.stun;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells a client from which address its request came. */
public final class BindingResponse {
    /** Most unknown attributes that an answer names, so that it is no longer than what caused it. */
    static final int MAX_UNKNOWN = 8;

    private static final byte FAMILY_V4 = 1;
    private static final byte FAMILY_V6 = 2;
    private static final int V4_LENGTH = 8;
    private static final int V6_LENGTH = 20;
    private static final int PORT_MASK = StunMessage.MAGIC >>> 16;
    private static final byte[] REASON = "Unknown Attribute\0\0\0".getBytes(US_ASCII); // padding in place
    private static final int REASON_LENGTH = 17;

    /**
     * An answer to one of our requests.
     *
     * @param mapped where the request came from, as the server saw it
     */
    public record Mapped(TransactionId id, Endpoint mapped) {}

    private BindingResponse() {}

    /** The answer, 32 bytes for IPv4 and 44 for IPv6: exactly what is asked for, so that nobody is flooded by it. */
    public static byte[] encode(TransactionId id, Endpoint source) {
        int valueLength = source.isV6() ? V6_LENGTH : V4_LENGTH;
        byte[] message = new byte[StunMessage.HEADER_LENGTH + StunMessage.ATTRIBUTE_HEADER_LENGTH + valueLength];
        ByteBuffer out = StunMessage.start(message, StunMessage.BINDING_SUCCESS, id);
        StunMessage.putAttributeHeader(out, StunMessage.XOR_MAPPED_ADDRESS, valueLength)
                .put((byte) 0)
                .put(source.isV6() ? FAMILY_V6 : FAMILY_V4)
                .putShort((short) (source.port() ^ PORT_MASK));
        if (source.isV6()) {
            out.putLong(source.high() ^ highMask(id)).putLong(source.low() ^ lowMask(id));
        } else {
            out.putInt((int) source.low() ^ StunMessage.MAGIC);
        }
        return message;
    }

    /** Error 420: these attributes of a request are not understood. */
    public static byte[] encodeUnknown(TransactionId id, List<Integer> attributes) {
        int listLength = attributes.size() * Short.BYTES;
        int paddedLength = (listLength + 3) & ~3;
        int length = 2 * StunMessage.ATTRIBUTE_HEADER_LENGTH + Integer.BYTES + REASON.length + paddedLength;
        byte[] message = new byte[StunMessage.HEADER_LENGTH + length];
        ByteBuffer out = StunMessage.start(message, StunMessage.BINDING_ERROR, id);
        StunMessage.putAttributeHeader(out, StunMessage.ERROR_CODE, Integer.BYTES + REASON_LENGTH)
                .putShort((short) 0)
                .put((byte) 4)
                .put((byte) 20)
                .put(REASON);
        StunMessage.putAttributeHeader(out, StunMessage.UNKNOWN_ATTRIBUTES, listLength);
        attributes.forEach(type -> out.putShort(type.shortValue()));
        return message;
    }

    /** Reads a datagram that a client got; null if it is no success with an address in it. */
    public static @Nullable Mapped parse(ByteBuffer datagram) {
        StunMessage message = StunMessage.parse(datagram);
        if (message == null || message.type() != StunMessage.BINDING_SUCCESS) {
            return null;
        }
        Endpoint plain = null;
        for (StunMessage.Attribute attribute : message.attributes()) {
            switch (attribute.type()) {
                case StunMessage.XOR_MAPPED_ADDRESS, StunMessage.XOR_MAPPED_ADDRESS_OLD -> {
                    Endpoint mapped = endpoint(
                            attribute.value(),
                            PORT_MASK,
                            StunMessage.MAGIC,
                            highMask(message.id()),
                            lowMask(message.id()));
                    if (mapped != null) {
                        return new Mapped(message.id(), mapped);
                    }
                }
                case StunMessage.MAPPED_ADDRESS -> plain = endpoint(attribute.value(), 0, 0, 0, 0);
                default -> {} // says nothing about the address
            }
        }
        return plain == null ? null : new Mapped(message.id(), plain);
    }

    private static @Nullable Endpoint endpoint(
            ByteBuffer value, int portMask, int v4Mask, long highMask, long lowMask) {
        if (value.remaining() == V4_LENGTH && value.get(1) == FAMILY_V4) {
            return Endpoint.v4(value.getInt(4) ^ v4Mask, port(value, portMask));
        } else if (value.remaining() == V6_LENGTH && value.get(1) == FAMILY_V6) {
            return Endpoint.v6(value.getLong(4) ^ highMask, value.getLong(12) ^ lowMask, port(value, portMask), 0);
        }
        return null;
    }

    private static int port(ByteBuffer value, int mask) {
        return Short.toUnsignedInt(value.getShort(2)) ^ mask;
    }

    /** IPv6 addresses are masked by the magic and the transaction id, one behind the other. */
    private static long highMask(TransactionId id) {
        return (long) StunMessage.MAGIC << 32 | id.high() >>> 32;
    }

    private static long lowMask(TransactionId id) {
        return id.high() << 32 | Integer.toUnsignedLong(id.low());
    }
}
