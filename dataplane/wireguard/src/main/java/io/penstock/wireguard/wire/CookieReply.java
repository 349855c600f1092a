package io.penstock.wireguard.wire;

import static io.penstock.wireguard.Protocol.COOKIE_LENGTH;
import static io.penstock.wireguard.Protocol.COOKIE_NONCE_LENGTH;
import static io.penstock.wireguard.Protocol.TAG_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Answer of a responder under load to a handshake message without a valid mac2. Whitepaper section 5.4.7. */
public final class CookieReply {
    public static final int TYPE = 3;
    public static final int LENGTH = 64;
    public static final int SEALED_COOKIE_LENGTH = COOKIE_LENGTH + TAG_LENGTH;

    private static final int TYPE_OFFSET = 0; // u8 type and three zero bytes, read as one int
    private static final int RECEIVER_OFFSET = 4;
    private static final int NONCE_OFFSET = 8;
    private static final int COOKIE_OFFSET = NONCE_OFFSET + COOKIE_NONCE_LENGTH;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    /**
     * Lays this view over the 64 bytes at {@code offset}.
     *
     * @throws IndexOutOfBoundsException if they are not all inside the buffer
     */
    public CookieReply wrap(DirectBuffer buffer, int offset) {
        View.wrap(view, buffer, offset, LENGTH);
        return this;
    }

    /** Writes the type and zero bytes everywhere else. */
    public CookieReply clear() {
        view.setMemory(0, LENGTH, (byte) 0);
        view.putInt(TYPE_OFFSET, TYPE, LITTLE_ENDIAN);
        return this;
    }

    /** Sender index of the message that is refused. */
    public int receiverIndex() {
        return view.getInt(RECEIVER_OFFSET, LITTLE_ENDIAN);
    }

    public CookieReply receiverIndex(int index) {
        view.putInt(RECEIVER_OFFSET, index, LITTLE_ENDIAN);
        return this;
    }

    /** Copies out the 24 bytes of the nonce. */
    public void getNonce(byte[] destination) {
        view.getBytes(NONCE_OFFSET, destination, 0, COOKIE_NONCE_LENGTH);
    }

    public void putNonce(byte[] source) {
        view.putBytes(NONCE_OFFSET, source, 0, COOKIE_NONCE_LENGTH);
    }

    /** Copies out the 32 bytes of the sealed cookie. */
    public void getSealedCookie(byte[] destination) {
        view.getBytes(COOKIE_OFFSET, destination, 0, SEALED_COOKIE_LENGTH);
    }

    public void putSealedCookie(byte[] source) {
        view.putBytes(COOKIE_OFFSET, source, 0, SEALED_COOKIE_LENGTH);
    }
}
