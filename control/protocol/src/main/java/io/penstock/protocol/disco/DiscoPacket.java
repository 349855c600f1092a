package io.penstock.protocol.disco;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The envelope of a discovery message. */
public final class DiscoPacket {
    /** Shortest datagram that can be one. */
    public static final int MIN_LENGTH = 62;

    private static final byte[] MAGIC = "TS\ud83d\udcac".getBytes(UTF_8);
    private static final int SEALED_OFFSET = MAGIC.length + PublicKey.LENGTH;

    private DiscoPacket() {}

    /** Whether a datagram or a relayed packet is one of ours, before anything is computed for it. */
    public static boolean looksLikeOne(byte[] packet, int offset, int length) {
        return length >= MIN_LENGTH && Arrays.equals(packet, offset, offset + MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /**
     * Who claims to have sent it. Only the box with that key tells whether it is true; from a key that nobody knows there is
     * none.
     *
     * @param packet one that {@link #looksLikeOne}
     */
    public static DiscoKey sender(byte[] packet) {
        return DiscoKey.of(Arrays.copyOfRange(packet, MAGIC.length, SEALED_OFFSET));
    }

    /**
     * Opens a packet.
     *
     * @param box between our key and the sender's
     * @return the message, or null if it is not authentic or not one that we know; either way it is dropped
     */
    public static @Nullable DiscoMessage open(byte[] packet, Box box) {
        if (!looksLikeOne(packet, 0, packet.length)) {
            return null;
        }
        byte[] plaintext = box.open(Arrays.copyOfRange(packet, SEALED_OFFSET, packet.length));
        return plaintext == null ? null : DiscoMessage.decode(plaintext);
    }

    /**
     * Seals a message.
     *
     * @param box between our key and the receiver's
     */
    public static byte[] seal(DiscoMessage message, DiscoKey sender, Box box, Entropy entropy) {
        return wrap(sender, box.seal(message.encode(), entropy));
    }

    private static byte[] wrap(DiscoKey sender, byte[] sealed) {
        byte[] packet = new byte[SEALED_OFFSET + sealed.length];
        System.arraycopy(MAGIC, 0, packet, 0, MAGIC.length);
        sender.value().copyTo(packet, MAGIC.length);
        System.arraycopy(sealed, 0, packet, SEALED_OFFSET, sealed.length);
        return packet;
    }
}
