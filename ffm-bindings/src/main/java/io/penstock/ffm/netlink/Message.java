package io.penstock.ffm.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One received netlink message: {@code struct nlmsghdr} (length, type, flags, sequence, port) and what follows it.
 *
 * @param payload in native byte order, from position 0 to its limit
 */
public record Message(int type, int flags, int sequence, ByteBuffer payload) {
    static final int HEADER_LENGTH = 16;

    /**
     * Cuts a datagram into its messages.
     *
     * @throws IllegalArgumentException if a length in it is wrong
     */
    public static List<Message> parse(byte[] datagram, int lengthBytes) {
        ByteBuffer buffer = ByteBuffer.wrap(datagram, 0, lengthBytes).order(ByteOrder.nativeOrder());
        List<Message> messages = new ArrayList<>();
        while (buffer.remaining() >= HEADER_LENGTH) {
            int start = buffer.position();
            int length = buffer.getInt(start);
            if (length < HEADER_LENGTH || length > buffer.remaining()) {
                throw new IllegalArgumentException("netlink message of " + length + " bytes");
            }
            ByteBuffer payload =
                    buffer.slice(start + HEADER_LENGTH, length - HEADER_LENGTH).order(ByteOrder.nativeOrder());
            messages.add(new Message(
                    Short.toUnsignedInt(buffer.getShort(start + 4)),
                    Short.toUnsignedInt(buffer.getShort(start + 6)),
                    buffer.getInt(start + 8),
                    payload));
            buffer.position(Math.min(buffer.limit(), start + align(length)));
        }
        return messages;
    }

    /** Attributes behind the fixed part of the payload. */
    public Attributes attributes(int fixedLength) {
        return Attributes.parse(payload, fixedLength);
    }

    static int align(int length) {
        return (length + 3) & ~3;
    }
}
