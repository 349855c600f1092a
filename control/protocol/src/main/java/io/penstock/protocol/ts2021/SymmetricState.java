package io.penstock.protocol.ts2021;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.Blake2s;
import io.penstock.wireguard.noise.ChaCha20Poly1305;
import io.penstock.wireguard.noise.Kdf;
import java.util.Arrays;

/**
 * Chaining key, hash and cipher key of {@code Noise_IK_25519_ChaChaPoly_BLAKE2s}, Noise specification section 5.2. Every key
 * seals one message at most, so that the nonce is always zero.
 */
final class SymmetricState {
    private static final int HASH_LENGTH = 32;
    private static final byte[] NAME = "Noise_IK_25519_ChaChaPoly_BLAKE2s".getBytes(US_ASCII);
    private static final byte[] NO_BYTES = {};

    private final Blake2s blake2s = new Blake2s();
    private final Kdf kdf = new Kdf(blake2s);
    private final ChaCha20Poly1305 aead = new ChaCha20Poly1305();
    private final byte[] chainingKey = new byte[HASH_LENGTH];
    private final byte[] hash = new byte[HASH_LENGTH];
    private final byte[] key = new byte[HASH_LENGTH];

    /** The state after the pre-messages: the version and the coordinator's static key. */
    SymmetricState(int version, PublicKey coordinator) {
        blake2s.start(HASH_LENGTH).update(NAME).finish(hash, 0); // the name is longer than a hash, so it is hashed
        System.arraycopy(hash, 0, chainingKey, 0, HASH_LENGTH);
        mixHash(("Tailscale Control Protocol v" + version).getBytes(US_ASCII));
        mixHash(coordinator.toBytes());
    }

    void mixHash(byte[] data) {
        blake2s.start(HASH_LENGTH).update(hash).update(data).finish(hash, 0);
    }

    void mixKey(byte[] secret) {
        kdf.derive(chainingKey, secret, chainingKey, key);
    }

    byte[] sealAndMix(byte[] plaintext) {
        byte[] sealed = new byte[plaintext.length + RecordSealer.TAG_LENGTH];
        aead.seal(key, 0, plaintext, hash, sealed);
        mixHash(sealed);
        return sealed;
    }

    /** Opens all of {@code sealed} into {@code plaintext}; false if it is not authentic. */
    boolean openAndMix(byte[] sealed, byte[] plaintext) {
        if (!aead.open(key, 0, sealed, hash, plaintext)) {
            return false;
        }
        mixHash(sealed);
        return true;
    }

    /** The keys of both directions. The state is finished afterwards. */
    SessionKeys split(boolean client) {
        byte[] toServer = new byte[HASH_LENGTH];
        byte[] toClient = new byte[HASH_LENGTH];
        kdf.derive(chainingKey, NO_BYTES, toServer, toClient);
        byte[] handshakeHash = hash.clone();
        wipe();
        return client
                ? new SessionKeys(toServer, toClient, handshakeHash)
                : new SessionKeys(toClient, toServer, handshakeHash);
    }

    byte[] hash() {
        return hash.clone();
    }

    void wipe() {
        Arrays.fill(chainingKey, (byte) 0);
        Arrays.fill(hash, (byte) 0);
        Arrays.fill(key, (byte) 0);
    }
}
