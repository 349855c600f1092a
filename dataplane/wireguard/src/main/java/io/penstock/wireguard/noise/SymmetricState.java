package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.HASH_LENGTH;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;

import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Chaining key, hash and message key while one message is made or read: the SymmetricState of Noise. A heap copy; what has
 * to last is stored to secret memory, and the copy is wiped. Whitepaper section 5.4.
 */
final class SymmetricState {
    /** Bytes of the stored form: chaining key and hash. */
    static final int STORED_LENGTH = 2 * HASH_LENGTH;

    private static final byte[] NO_BYTES = {};
    private static final byte[] INITIAL_CHAINING_KEY = new byte[HASH_LENGTH];
    private static final byte[] INITIAL_HASH = new byte[HASH_LENGTH];

    static {
        Blake2s blake2s = new Blake2s();
        blake2s.start(HASH_LENGTH).update(Protocol.construction()).finish(INITIAL_CHAINING_KEY, 0);
        blake2s.start(HASH_LENGTH)
                .update(INITIAL_CHAINING_KEY)
                .update(Protocol.identifier())
                .finish(INITIAL_HASH, 0);
    }

    final byte[] chainingKey = new byte[HASH_LENGTH];
    final byte[] hash = new byte[HASH_LENGTH];
    final byte[] key = new byte[KEY_LENGTH];
    final byte[] tau = new byte[HASH_LENGTH];

    private final Blake2s blake2s = new Blake2s();
    private final Kdf kdf = new Kdf(blake2s);
    private final ChaCha20Poly1305 aead = new ChaCha20Poly1305();

    /** The state both sides begin with. */
    void start(PublicKey responder) {
        System.arraycopy(INITIAL_CHAINING_KEY, 0, chainingKey, 0, HASH_LENGTH);
        System.arraycopy(INITIAL_HASH, 0, hash, 0, HASH_LENGTH);
        mixHash(responder.toBytes());
    }

    void mixHash(byte[] data) {
        blake2s.start(HASH_LENGTH).update(hash).update(data).finish(hash, 0);
    }

    /** Mixes an ephemeral public key into hash and chaining key. */
    void mixEphemeral(byte[] publicKey) {
        mixHash(publicKey);
        mixKey(publicKey);
    }

    void mixKey(byte[] input) {
        kdf.derive(chainingKey, input, chainingKey);
    }

    /** Mixes a secret in and makes the key of the next seal or open. */
    void mixSecret(byte[] secret) {
        kdf.derive(chainingKey, secret, chainingKey, key);
    }

    void mixPresharedKey(byte[] presharedKey) {
        kdf.derive(chainingKey, presharedKey, chainingKey, tau, key);
        mixHash(tau);
    }

    void sealAndMix(byte[] plaintext, byte[] sealed) {
        aead.seal(key, 0, plaintext, hash, sealed);
        mixHash(sealed);
    }

    boolean openAndMix(byte[] sealed, byte[] plaintext) {
        if (!aead.open(key, 0, sealed, hash, plaintext)) {
            return false;
        }
        mixHash(sealed);
        return true;
    }

    /** The two transport keys: {@code first} is the initiator's for sending. */
    void split(UnsafeBuffer first, UnsafeBuffer second) {
        kdf.derive(chainingKey, NO_BYTES, key, tau);
        first.putBytes(0, key);
        second.putBytes(0, tau);
    }

    void load(UnsafeBuffer region, int offset) {
        region.getBytes(offset, chainingKey);
        region.getBytes(offset + HASH_LENGTH, hash);
    }

    void store(UnsafeBuffer region, int offset) {
        region.putBytes(offset, chainingKey);
        region.putBytes(offset + HASH_LENGTH, hash);
    }

    void wipe() {
        Arrays.fill(chainingKey, (byte) 0);
        Arrays.fill(hash, (byte) 0);
        Arrays.fill(key, (byte) 0);
        Arrays.fill(tau, (byte) 0);
    }
}
