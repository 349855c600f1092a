package io.penstock.protocol.stun;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks a server from which address it came. */
public final class BindingRequest {
    /** Tailscale's relays answer only requests with this text and a fingerprint; other servers do not mind. */
    private static final byte[] SOFTWARE = "tailnode".getBytes(US_ASCII);

    /** Attributes that a server without authentication may leave aside, of those that it has to understand. */
    private static final Set<Integer> UNDERSTOOD =
            Set.of(StunMessage.CHANGE_REQUEST, 0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E);

    private static final int FIRST_OPTIONAL = 0x8000;

    /** What a datagram is to a server. */
    public sealed interface Received {
        /**
         * A request to be answered by {@link BindingResponse#encode}.
         *
         * @param change from where the answer is to come; a server that has no second address refuses by
         *     {@link BindingResponse#encodeUnchangeable}
         */
        record Request(TransactionId id, Change change) implements Received {}

        /** A request that wants what we do not know, to be answered by {@link BindingResponse#encodeUnknown}. */
        record Unknown(TransactionId id, List<Integer> attributes) implements Received {}

        /** Something else, which nobody answers. */
        record Other() implements Received {}
    }

    private BindingRequest() {}

    /** A request of 40 bytes. */
    public static byte[] encode(TransactionId id) {
        return encode(id, Change.NOTHING);
    }

    /** A request of 40 bytes, or of 48 if the answer is to come from elsewhere. */
    public static byte[] encode(TransactionId id, Change change) {
        int changeLength =
                change == Change.NOTHING ? 0 : StunMessage.ATTRIBUTE_HEADER_LENGTH + StunMessage.CHANGE_LENGTH;
        byte[] message = new byte
                [StunMessage.HEADER_LENGTH
                        + changeLength
                        + StunMessage.ATTRIBUTE_HEADER_LENGTH
                        + SOFTWARE.length
                        + StunMessage.fingerprintLength()];
        ByteBuffer out = StunMessage.start(message, StunMessage.BINDING_REQUEST, id);
        if (changeLength > 0) {
            StunMessage.putAttributeHeader(out, StunMessage.CHANGE_REQUEST, StunMessage.CHANGE_LENGTH)
                    .putInt(change.flags());
        }
        StunMessage.putAttributeHeader(out, StunMessage.SOFTWARE, SOFTWARE.length)
                .put(SOFTWARE);
        StunMessage.putFingerprint(out);
        return message;
    }

    /** Reads a datagram that a server got. */
    public static Received parse(ByteBuffer datagram) {
        StunMessage message = StunMessage.parse(datagram);
        if (message == null || message.type() != StunMessage.BINDING_REQUEST) {
            return new Received.Other();
        }
        List<Integer> unknown = message.attributes().stream()
                .map(StunMessage.Attribute::type)
                .filter(type -> type < FIRST_OPTIONAL && !UNDERSTOOD.contains(type))
                .distinct()
                .limit(BindingResponse.MAX_UNKNOWN)
                .collect(Collectors.toUnmodifiableList());
        return unknown.isEmpty() ? request(message) : new Received.Unknown(message.id(), unknown);
    }

    private static Received request(StunMessage message) {
        Change change = Change.NOTHING;
        for (StunMessage.Attribute attribute : message.attributes()) {
            if (attribute.type() == StunMessage.CHANGE_REQUEST) {
                if (attribute.value().remaining() != StunMessage.CHANGE_LENGTH) {
                    return new Received.Other();
                }
                change = Change.of(attribute.value().getInt(0));
            }
        }
        return new Received.Request(message.id(), change);
    }
}
