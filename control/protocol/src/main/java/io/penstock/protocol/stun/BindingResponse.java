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
    private static final int LEAST_ERROR_LENGTH = 4;
    private static final int CLASS_MASK = 0x7;
    private static final int PORT_MASK = StunMessage.MAGIC >>> 16;
    private static final byte[] REASON = "Unknown Attribute\0\0\0".getBytes(US_ASCII); // padding in place
    private static final int REASON_LENGTH = 17;

    /**
     * An answer to one of our requests.
     *
     * @param mapped where the request came from, as the server saw it
     * @param origin from where the server says that it answers; null if it does not say
     * @param other the server's other address with its other port, of RFC 5780; null if it has none
     */
    public record Mapped(
            TransactionId id,
            Endpoint mapped,
            @Nullable Endpoint origin,
            @Nullable Endpoint other) {
        /** Of a server that has one address. */
        public Mapped(TransactionId id, Endpoint mapped) {
            this(id, mapped, null, null);
        }
    }

    /**
     * An answer that says no.
     *
     * @param code such as 420: an attribute is not understood
     */
    public record Refused(TransactionId id, int code) {}

    private BindingResponse() {}

    /** The answer, 32 bytes for IPv4 and 44 for IPv6: exactly what is asked for, so that nobody is flooded by it. */
    public static byte[] encode(TransactionId id, Endpoint source) {
        byte[] message = new byte[StunMessage.HEADER_LENGTH + addressLength(source)];
        ByteBuffer out = StunMessage.start(message, StunMessage.BINDING_SUCCESS, id);
        putXored(out, id, source);
        return message;
    }

    /**
     * The answer of a server with two addresses and two ports, 56 bytes for IPv4 and 92 for IPv6. RFC 5780 section 7.3 and 7.4.
     *
     * @param origin from where it is sent
     * @param other with another address and another port than where the request went to, of the same family
     */
    public static byte[] encode(TransactionId id, Endpoint source, Endpoint origin, Endpoint other) {
        int length = addressLength(source) + addressLength(origin) + addressLength(other);
        byte[] message = new byte[StunMessage.HEADER_LENGTH + length];
        ByteBuffer out = StunMessage.start(message, StunMessage.BINDING_SUCCESS, id);
        putXored(out, id, source);
        putAddress(out, StunMessage.RESPONSE_ORIGIN, origin, 0, 0, 0, 0);
        putAddress(out, StunMessage.OTHER_ADDRESS, other, 0, 0, 0, 0);
        return message;
    }

    private static int addressLength(Endpoint endpoint) {
        return StunMessage.ATTRIBUTE_HEADER_LENGTH + (endpoint.isV6() ? V6_LENGTH : V4_LENGTH);
    }

    private static void putXored(ByteBuffer out, TransactionId id, Endpoint source) {
        putAddress(
                out, StunMessage.XOR_MAPPED_ADDRESS, source, PORT_MASK, StunMessage.MAGIC, highMask(id), lowMask(id));
    }

    private static void putAddress(
            ByteBuffer out, int type, Endpoint address, int portMask, int v4Mask, long highMask, long lowMask) {
        StunMessage.putAttributeHeader(out, type, address.isV6() ? V6_LENGTH : V4_LENGTH)
                .put((byte) 0)
                .put(address.isV6() ? FAMILY_V6 : FAMILY_V4)
                .putShort((short) (address.port() ^ portMask));
        if (address.isV6()) {
            out.putLong(address.high() ^ highMask).putLong(address.low() ^ lowMask);
        } else {
            out.putInt((int) address.low() ^ v4Mask);
        }
    }

    /** Error 420 to a request that wants an answer from an address which the server does not have. RFC 5780 section 6.1. */
    public static byte[] encodeUnchangeable(TransactionId id) {
        return encodeUnknown(id, List.of(StunMessage.CHANGE_REQUEST));
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
        Endpoint xored = null;
        Endpoint plain = null;
        Endpoint origin = null;
        Endpoint other = null;
        for (StunMessage.Attribute attribute : message.attributes()) {
            switch (attribute.type()) {
                case StunMessage.XOR_MAPPED_ADDRESS, StunMessage.XOR_MAPPED_ADDRESS_OLD ->
                    xored = xored == null
                            ? xored(attribute.value(), message.id())
                            : xored; // RFC 8489 section 14: the first
                case StunMessage.MAPPED_ADDRESS -> plain = plain(attribute.value());
                case StunMessage.RESPONSE_ORIGIN -> origin = plain(attribute.value());
                case StunMessage.OTHER_ADDRESS -> other = plain(attribute.value());
                default -> {} // says nothing about addresses
            }
        }
        Endpoint mapped = xored == null ? plain : xored;
        return mapped == null ? null : new Mapped(message.id(), mapped, origin, other);
    }

    /** Reads a datagram that a client got; null if it is no error with a code in it. */
    public static @Nullable Refused parseRefusal(ByteBuffer datagram) {
        StunMessage message = StunMessage.parse(datagram);
        if (message == null || message.type() != StunMessage.BINDING_ERROR) {
            return null;
        }
        for (StunMessage.Attribute attribute : message.attributes()) {
            ByteBuffer value = attribute.value();
            if (attribute.type() == StunMessage.ERROR_CODE && value.remaining() >= LEAST_ERROR_LENGTH) {
                return new Refused(message.id(), 100 * (value.get(2) & CLASS_MASK) + Byte.toUnsignedInt(value.get(3)));
            }
        }
        return null;
    }

    private static @Nullable Endpoint xored(ByteBuffer value, TransactionId id) {
        return endpoint(value, PORT_MASK, StunMessage.MAGIC, highMask(id), lowMask(id));
    }

    private static @Nullable Endpoint plain(ByteBuffer value) {
        return endpoint(value, 0, 0, 0, 0);
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
