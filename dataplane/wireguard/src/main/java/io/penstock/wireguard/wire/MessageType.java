package io.penstock.wireguard.wire;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/** Tells the messages apart before one is wrapped. Whitepaper section 5.4. */
public final class MessageType {
    /** The first four bytes name none of the four messages. */
    public static final int UNKNOWN = 0;

    /** The first four bytes name a message that cannot have this length. */
    public static final int WRONG_LENGTH = -1;

    private MessageType() {}

    /**
     * The {@code TYPE} of the message in these bytes if its length fits the type, else {@link #UNKNOWN} or
     * {@link #WRONG_LENGTH}. The three reserved bytes must be zero. Any length is fine, also 0.
     */
    public static int of(DirectBuffer buffer, int offset, int length) {
        if (length < Integer.BYTES) {
            return WRONG_LENGTH;
        }
        int type = buffer.getInt(offset, LITTLE_ENDIAN);
        boolean fits =
                switch (type) {
                    case Initiation.TYPE -> length == Initiation.LENGTH;
                    case Response.TYPE -> length == Response.LENGTH;
                    case CookieReply.TYPE -> length == CookieReply.LENGTH;
                    case Data.TYPE -> length >= Data.MIN_LENGTH;
                    default -> {
                        type = UNKNOWN;
                        yield true;
                    }
                };
        return fits ? type : WRONG_LENGTH;
    }
}
