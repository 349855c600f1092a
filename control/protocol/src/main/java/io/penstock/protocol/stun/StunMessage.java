package io.penstock.protocol.stun;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A message as it came, checked as a whole: lengths fit, and a fingerprint, if there is one, is the last attribute and right.
 *
 * @param type class and method, such as 0x0001 for a binding request
 * @param attributes in their order, without the fingerprint
 * @param hasFingerprint whether it had one
 */
record StunMessage(int type, TransactionId id, List<Attribute> attributes, boolean hasFingerprint) {
    static final int BINDING_REQUEST = 0x0001;
    static final int BINDING_SUCCESS = 0x0101;
    static final int BINDING_ERROR = 0x0111;

    static final int HEADER_LENGTH = 20;
    static final int ATTRIBUTE_HEADER_LENGTH = 4;
    static final int MAGIC = 0x2112A442;

    static final int MAPPED_ADDRESS = 0x0001;
    static final int CHANGE_REQUEST = 0x0003;
    static final int ERROR_CODE = 0x0009;
    static final int UNKNOWN_ATTRIBUTES = 0x000A;
    static final int XOR_MAPPED_ADDRESS = 0x0020;
    static final int XOR_MAPPED_ADDRESS_OLD = 0x8020; // of drafts, still sent by some servers
    static final int SOFTWARE = 0x8022;
    static final int FINGERPRINT = 0x8028;
    static final int RESPONSE_ORIGIN = 0x802B;
    static final int OTHER_ADDRESS = 0x802C;

    static final int CHANGE_LENGTH = 4;

    private static final int FINGERPRINT_MASK = 0x5354554E;
    private static final int FINGERPRINT_LENGTH = 8;

    /** An attribute; the value is a view of the datagram. */
    record Attribute(int type, ByteBuffer value) {}

    /** The message in a datagram, or null if it is none. Bytes behind its end are ignored. */
    static @Nullable StunMessage parse(ByteBuffer datagram) {
        ByteBuffer in = datagram.slice();
        if (in.remaining() < HEADER_LENGTH || (in.get(0) & 0xC0) != 0 || in.getInt(4) != MAGIC) {
            return null;
        }
        int type = Short.toUnsignedInt(in.getShort());
        int length = Short.toUnsignedInt(in.getShort());
        if ((length & 3) != 0 || HEADER_LENGTH + length > in.capacity()) {
            return null;
        }
        in.getInt();
        TransactionId id = TransactionId.read(in);
        in.limit(HEADER_LENGTH + length);
        List<Attribute> attributes = new ArrayList<>();
        while (in.hasRemaining()) { // by multiples of 4, so there is room for a header
            int start = in.position();
            int attribute = Short.toUnsignedInt(in.getShort());
            int valueLength = Short.toUnsignedInt(in.getShort());
            int padded = (valueLength + 3) & ~3;
            if (padded > in.remaining()) {
                return null;
            }
            if (attribute == FINGERPRINT) {
                boolean isGood = valueLength == Integer.BYTES
                        && in.remaining() == Integer.BYTES
                        && in.getInt() == fingerprint(in, start);
                return isGood ? new StunMessage(type, id, attributes, true) : null;
            }
            attributes.add(new Attribute(attribute, in.slice(in.position(), valueLength)));
            in.position(in.position() + padded);
        }
        return new StunMessage(type, id, attributes, false);
    }

    /** A buffer over a whole message, with the header in it and the attributes to come. */
    static ByteBuffer start(byte[] message, int type, TransactionId id) {
        ByteBuffer out = ByteBuffer.wrap(message)
                .putShort((short) type)
                .putShort((short) (message.length - HEADER_LENGTH))
                .putInt(MAGIC);
        id.write(out);
        return out;
    }

    static ByteBuffer putAttributeHeader(ByteBuffer out, int type, int length) {
        return out.putShort((short) type).putShort((short) length);
    }

    /** Appends the fingerprint of what is before it; the header's length counts it already. */
    static void putFingerprint(ByteBuffer out) {
        int value = fingerprint(out, out.position());
        putAttributeHeader(out, FINGERPRINT, Integer.BYTES).putInt(value);
    }

    static int fingerprintLength() {
        return FINGERPRINT_LENGTH;
    }

    private static int fingerprint(ByteBuffer message, int end) {
        CRC32 crc = new CRC32();
        crc.update(message.slice(0, end));
        return (int) crc.getValue() ^ FINGERPRINT_MASK;
    }
}
