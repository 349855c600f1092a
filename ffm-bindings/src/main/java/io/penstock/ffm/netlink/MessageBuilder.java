package io.penstock.ffm.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes one netlink request: header, fixed part, attributes with nesting. Native byte order. One use, one thread.
 */
public final class MessageBuilder {
    private static final int FIRST_CAPACITY = 256;

    private ByteBuffer buffer = ByteBuffer.allocate(FIRST_CAPACITY).order(ByteOrder.nativeOrder());

    /** {@code NLM_F_REQUEST} is always among the flags. */
    public MessageBuilder(int type, int flags) {
        buffer.putInt(0)
                .putShort((short) type)
                .putShort((short) (flags | Rtnetlink.NLM_F_REQUEST))
                .putInt(0)
                .putInt(0);
    }

    public MessageBuilder putByte(int value) {
        room(1).put((byte) value);
        return this;
    }

    public MessageBuilder putShort(int value) {
        room(2).putShort((short) value);
        return this;
    }

    public MessageBuilder putInt(int value) {
        room(4).putInt(value);
        return this;
    }

    public MessageBuilder attribute(int type, byte[] value) {
        room(Message.align(4 + value.length))
                .putShort((short) (4 + value.length))
                .putShort((short) type)
                .put(value);
        pad();
        return this;
    }

    public MessageBuilder attributeInt(int type, int value) {
        room(8).putShort((short) 8).putShort((short) type).putInt(value);
        return this;
    }

    /** Text with a closing NUL. */
    public MessageBuilder attributeString(int type, String value) {
        return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
    }

    /** Opens a nest; hand the result to {@link #endNest}. */
    public int beginNest(int type) {
        int mark = buffer.position();
        room(4).putShort((short) 0).putShort((short) type);
        return mark;
    }

    public MessageBuilder endNest(int mark) {
        buffer.putShort(mark, (short) (buffer.position() - mark));
        return this;
    }

    /** The whole message, its length and sequence filled in. */
    byte[] finish(int sequence, int extraFlags) {
        int length = buffer.position();
        buffer.putInt(0, length);
        buffer.putShort(6, (short) (buffer.getShort(6) | extraFlags));
        buffer.putInt(8, sequence);
        byte[] bytes = new byte[length];
        buffer.get(0, bytes);
        return bytes;
    }

    private void pad() {
        while (buffer.position() % 4 != 0) {
            buffer.put((byte) 0);
        }
    }

    private ByteBuffer room(int lengthBytes) {
        if (buffer.remaining() < lengthBytes) {
            ByteBuffer larger =
                    ByteBuffer.allocate(2 * (buffer.capacity() + lengthBytes)).order(ByteOrder.nativeOrder());
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }
}
