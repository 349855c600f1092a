package io.penstock.ffm.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes ({@code struct rtattr}: length, type, value) of a message or a nest. Immutable; of equal types the last counts. */
public final class Attributes {
    private static final int HEADER_LENGTH = 4;
    private static final int TYPE_MASK = ~(Rtnetlink.NLA_F_NESTED | Rtnetlink.NLA_F_NET_BYTEORDER);

    private final Map<Integer, ByteBuffer> values;

    private Attributes(Map<Integer, ByteBuffer> values) {
        this.values = values;
    }

    /**
     * Reads attributes from {@code offset} to the buffer's limit.
     *
     * @throws IllegalArgumentException if a length in it is wrong
     */
    public static Attributes parse(ByteBuffer buffer, int offset) {
        Map<Integer, ByteBuffer> values = new HashMap<>();
        int position = offset;
        while (buffer.limit() - position >= HEADER_LENGTH) {
            int length = Short.toUnsignedInt(buffer.getShort(position));
            if (length < HEADER_LENGTH || length > buffer.limit() - position) {
                throw new IllegalArgumentException("netlink attribute of " + length + " bytes");
            }
            values.put(
                    Short.toUnsignedInt(buffer.getShort(position + 2)) & TYPE_MASK,
                    buffer.slice(position + HEADER_LENGTH, length - HEADER_LENGTH)
                            .order(ByteOrder.nativeOrder()));
            position += Message.align(length);
        }
        return new Attributes(values);
    }

    public boolean has(int type) {
        return values.containsKey(type);
    }

    /** An u32 or s32, or {@code absent}. */
    public int getInt(int type, int absent) {
        ByteBuffer value = values.get(type);
        return value == null || value.limit() < Integer.BYTES ? absent : value.getInt(0);
    }

    /** Text up to its NUL. */
    public @Nullable String getString(int type) {
        byte[] bytes = getBytes(type);
        if (bytes == null) {
            return null;
        }
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    public byte @Nullable [] getBytes(int type) {
        ByteBuffer value = values.get(type);
        if (value == null) {
            return null;
        }
        byte[] bytes = new byte[value.limit()];
        value.get(0, bytes);
        return bytes;
    }

    /** The attributes within an attribute; none if it is absent. */
    public Attributes getNested(int type) {
        ByteBuffer value = values.get(type);
        return value == null ? new Attributes(Map.of()) : parse(value, 0);
    }
}
