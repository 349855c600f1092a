package io.penstock.wireguard.wire;

import static io.penstock.wireguard.Protocol.TAG_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Transport data message over a packet slot. Whitepaper section 5.4.6. */
public final class Data {
    public static final int TYPE = 4;
    public static final int HEADER_LENGTH = 16;

    /** Bytes a message has beyond its plaintext: header and tag. */
    public static final int OVERHEAD = HEADER_LENGTH + TAG_LENGTH;

    /** Length of a keepalive, the message with an empty plaintext. */
    public static final int MIN_LENGTH = OVERHEAD;

    private static final int TYPE_OFFSET = 0; // u8 type and three zero bytes, read as one int
    private static final int RECEIVER_OFFSET = 4;
    private static final int COUNTER_OFFSET = 8;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    /**
     * Lays this view over a message of {@code length} bytes, header and tag included.
     *
     * @throws IndexOutOfBoundsException if it is shorter than a keepalive or not all inside the buffer
     */
    public Data wrap(DirectBuffer buffer, int offset, int length) {
        if (length < MIN_LENGTH) {
            throw new IndexOutOfBoundsException(length);
        }
        View.wrap(view, buffer, offset, length);
        return this;
    }

    /** Writes type, receiver index and counter. */
    public Data putHeader(int receiverIndex, long counter) {
        view.putInt(TYPE_OFFSET, TYPE, LITTLE_ENDIAN);
        view.putInt(RECEIVER_OFFSET, receiverIndex, LITTLE_ENDIAN);
        view.putLong(COUNTER_OFFSET, counter, LITTLE_ENDIAN);
        return this;
    }

    /** Index that the receiver chose for the session. */
    public int receiverIndex() {
        return view.getInt(RECEIVER_OFFSET, LITTLE_ENDIAN);
    }

    /** Nonce of the message; unsigned. */
    public long counter() {
        return view.getLong(COUNTER_OFFSET, LITTLE_ENDIAN);
    }

    /** Bytes of plaintext, padding included. */
    public int plaintextLength() {
        return view.capacity() - OVERHEAD;
    }

    /** Address of the ciphertext, for native calls; the tag follows {@link #plaintextLength} bytes later. */
    public long ciphertextAddress() {
        return view.addressOffset() + HEADER_LENGTH;
    }

    public boolean isKeepalive() {
        return view.capacity() == MIN_LENGTH;
    }
}
