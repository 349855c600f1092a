package io.penstock.wireguard.wire;

import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.MAC_LENGTH;
import static io.penstock.wireguard.Protocol.TAG_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Second message of a handshake, responder to initiator. Whitepaper section 5.4.3. */
public final class Response implements HandshakeMessage {
    public static final int TYPE = 2;
    public static final int LENGTH = 92;
    public static final int SEALED_NOTHING_LENGTH = TAG_LENGTH;

    private static final int TYPE_OFFSET = 0; // u8 type and three zero bytes, read as one int
    private static final int SENDER_OFFSET = 4;
    private static final int RECEIVER_OFFSET = 8;
    private static final int EPHEMERAL_OFFSET = 12;
    private static final int NOTHING_OFFSET = EPHEMERAL_OFFSET + KEY_LENGTH;
    private static final int MAC1_OFFSET = NOTHING_OFFSET + SEALED_NOTHING_LENGTH;
    private static final int MAC2_OFFSET = MAC1_OFFSET + MAC_LENGTH;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    /**
     * Lays this view over the 92 bytes at {@code offset}.
     *
     * @throws IndexOutOfBoundsException if they are not all inside the buffer
     */
    public Response wrap(DirectBuffer buffer, int offset) {
        View.wrap(view, buffer, offset, LENGTH);
        return this;
    }

    /** Writes the type and zero bytes everywhere else. */
    public Response clear() {
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

    public Response senderIndex(int index) {
        view.putInt(SENDER_OFFSET, index, LITTLE_ENDIAN);
        return this;
    }

    /** Index that the initiator chose in the message answered here. */
    public int receiverIndex() {
        return view.getInt(RECEIVER_OFFSET, LITTLE_ENDIAN);
    }

    public Response receiverIndex(int index) {
        view.putInt(RECEIVER_OFFSET, index, LITTLE_ENDIAN);
        return this;
    }

    /** Copies out the 32 bytes of the ephemeral public key. */
    public void getEphemeral(byte[] destination) {
        view.getBytes(EPHEMERAL_OFFSET, destination, 0, KEY_LENGTH);
    }

    public void putEphemeral(byte[] source) {
        view.putBytes(EPHEMERAL_OFFSET, source, 0, KEY_LENGTH);
    }

    /** Copies out the 16 bytes of the tag over nothing. */
    public void getSealedNothing(byte[] destination) {
        view.getBytes(NOTHING_OFFSET, destination, 0, SEALED_NOTHING_LENGTH);
    }

    public void putSealedNothing(byte[] source) {
        view.putBytes(NOTHING_OFFSET, source, 0, SEALED_NOTHING_LENGTH);
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
