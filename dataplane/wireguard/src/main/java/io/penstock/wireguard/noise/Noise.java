package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.HASH_LENGTH;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.MAC_LENGTH;
import static io.penstock.wireguard.Protocol.TAG_LENGTH;
import static io.penstock.wireguard.Protocol.TIMESTAMP_LENGTH;

import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.SecretMemory;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.wire.Initiation;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What all handshakes of one device share: where keys, secrets and randomness come from, and the heap scratch that every
 * operation wipes when it is done. Owned by the control agent.
 */
public final class Noise {
    final Entropy entropy;
    final X25519 x25519;
    final SecretMemory memory;
    final SymmetricState state = new SymmetricState();
    final Blake2s blake2s = new Blake2s();
    final ChaCha20Poly1305 aead = new ChaCha20Poly1305();

    final byte[] privateKey = new byte[KEY_LENGTH];
    final byte[] publicKey = new byte[KEY_LENGTH];
    final byte[] shared = new byte[KEY_LENGTH];
    final byte[] mac = new byte[MAC_LENGTH];
    final byte[] nothing = {};
    final byte[] sealedNothing = new byte[TAG_LENGTH];
    final byte[] sealedStatic = new byte[Initiation.SEALED_STATIC_LENGTH];
    final byte[] timestamp = new byte[TIMESTAMP_LENGTH];
    final byte[] sealedTimestamp = new byte[Initiation.SEALED_TIMESTAMP_LENGTH];

    public Noise(Entropy entropy, X25519 x25519, SecretMemory memory) {
        this.entropy = entropy;
        this.x25519 = x25519;
        this.memory = memory;
    }

    /** Makes {@link #privateKey} a fresh ephemeral key and {@link #publicKey} its public half. */
    void generateEphemeral() {
        entropy.fill(privateKey);
        clamp(privateKey);
        x25519.publicKey(privateKey, publicKey);
    }

    /** Mixes the secret of {@link #privateKey} and {@code theirs} into the chaining key; false for a low-order point. */
    boolean mixAgreement(byte[] theirs) {
        if (!x25519.agree(privateKey, theirs, shared)) {
            return false;
        }
        state.mixKey(shared);
        return true;
    }

    /** HASH({@code label} || {@code key}): the keys of mac1 and of cookies. */
    byte[] labelledHash(byte[] label, PublicKey key) {
        byte[] digest = new byte[HASH_LENGTH];
        blake2s.start(HASH_LENGTH).update(label).update(key.toBytes()).finish(digest, 0);
        return digest;
    }

    /** Leaves MAC({@code key}, first {@code length} bytes of {@code message}) in {@link #mac}. */
    void macOf(byte[] key, DirectBuffer message, int length) {
        blake2s.start(MAC_LENGTH, key).update(message, 0, length).finish(mac, 0);
    }

    void wipe() {
        state.wipe();
        Arrays.fill(privateKey, (byte) 0);
        Arrays.fill(publicKey, (byte) 0);
        Arrays.fill(shared, (byte) 0);
        Arrays.fill(mac, (byte) 0);
        Arrays.fill(timestamp, (byte) 0);
    }

    static void clamp(byte[] privateKey) {
        privateKey[0] &= (byte) 0xf8;
        privateKey[31] = (byte) ((privateKey[31] & 0x7f) | 0x40);
    }

    static void wipe(UnsafeBuffer region, int offset, int length) {
        region.setMemory(offset, length, (byte) 0);
    }
}
