package io.penstock.wireguard.wire;

import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.MAC_LENGTH;
import static io.penstock.wireguard.Protocol.TAG_LENGTH;
import static io.penstock.wireguard.Protocol.TIMESTAMP_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** First message of a handshake, initiator to responder. Whitepaper section 5.4.2. */
public final class Initiation implements HandshakeMessage {
    public static final int TYPE = 1;
    public static final int LENGTH = 148;
    public static final int SEALED_STATIC_LENGTH = KEY_LENGTH + TAG_LENGTH;
    public static final int SEALED_TIMESTAMP_LENGTH = TIMESTAMP_LENGTH + TAG_LENGTH;

    private static final int TYPE_OFFSET = 0; // u8 type and three zero bytes, read as one int
    private static final int SENDER_OFFSET = 4;
    private static final int EPHEMERAL_OFFSET = 8;
    private static final int STATIC_OFFSET = EPHEMERAL_OFFSET + KEY_LENGTH;
    private static final int TIMESTAMP_OFFSET = STATIC_OFFSET + SEALED_STATIC_LENGTH;
    private static final int MAC1_OFFSET = TIMESTAMP_OFFSET + SEALED_TIMESTAMP_LENGTH;
    private static final int MAC2_OFFSET = MAC1_OFFSET + MAC_LENGTH;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    /**
     * Lays this view over the 148 bytes at {@code offset}.
     *
     * @throws IndexOutOfBoundsException if they are not all inside the buffer
     */
    public Initiation wrap(DirectBuffer buffer, int offset) {
        View.wrap(view, buffer, offset, LENGTH);
        return this;
    }

    /** Writes the type and zero bytes everywhere else. */
    public Initiation clear() {
        view.setMemory(0, LENGTH, (byte) 0);
        view.putInt(TYPE_OFFSET, TYPE, LITTLE_ENDIAN);
        return this;
    }

    @Override
    public UnsafeBuffer buffer() {
        return view;
    }

    @Override
    public int senderIndex() {
        return view.getInt(SENDER_OFFSET, LITTLE_ENDIAN);
    }

    public Initiation senderIndex(int index) {
        view.putInt(SENDER_OFFSET, index, LITTLE_ENDIAN);
        return this;
    }

    /** Copies out the 32 bytes of the ephemeral public key. */
    public void getEphemeral(byte[] destination) {
        view.getBytes(EPHEMERAL_OFFSET, destination, 0, KEY_LENGTH);
    }

    public void putEphemeral(byte[] source) {
        view.putBytes(EPHEMERAL_OFFSET, source, 0, KEY_LENGTH);
    }

    /** Copies out the 48 bytes of the sealed static public key. */
    public void getSealedStatic(byte[] destination) {
        view.getBytes(STATIC_OFFSET, destination, 0, SEALED_STATIC_LENGTH);
    }

    public void putSealedStatic(byte[] source) {
        view.putBytes(STATIC_OFFSET, source, 0, SEALED_STATIC_LENGTH);
    }

    /** Copies out the 28 bytes of the sealed timestamp. */
    public void getSealedTimestamp(byte[] destination) {
        view.getBytes(TIMESTAMP_OFFSET, destination, 0, SEALED_TIMESTAMP_LENGTH);
    }

    public void putSealedTimestamp(byte[] source) {
        view.putBytes(TIMESTAMP_OFFSET, source, 0, SEALED_TIMESTAMP_LENGTH);
    }

    @Override
    public int mac1Offset() {
        return MAC1_OFFSET;
    }

    @Override
    public int mac2Offset() {
        return MAC2_OFFSET;
    }
}
