package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.KEY_LENGTH;

import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The static key of a device: the private half in secret memory, and what follows from the public half. A change of the
 * private key makes another object. Owned by the control agent.
 */
public final class StaticIdentity {
    private final Noise noise;
    private final UnsafeBuffer privateKey;
    private final PublicKey publicKey;
    private final byte[] mac1Key;
    private final byte[] cookieKey;

    /** Copies {@code privateKey}, 32 bytes, and clamps the copy; the caller wipes its own. */
    public StaticIdentity(Noise noise, byte[] privateKey) {
        if (privateKey.length != KEY_LENGTH) {
            throw new IllegalArgumentException("a private key has 32 bytes, not " + privateKey.length);
        }
        this.noise = noise;
        this.privateKey = noise.memory.allocate(KEY_LENGTH);
        System.arraycopy(privateKey, 0, noise.privateKey, 0, KEY_LENGTH);
        Noise.clamp(noise.privateKey);
        this.privateKey.putBytes(0, noise.privateKey);
        noise.x25519.publicKey(noise.privateKey, noise.publicKey);
        publicKey = PublicKey.of(noise.publicKey);
        noise.wipe();
        mac1Key = noise.labelledHash(Protocol.labelMac1(), publicKey);
        cookieKey = noise.labelledHash(Protocol.labelCookie(), publicKey);
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** Copies out the clamped private key, 32 bytes; the caller wipes the copy. */
    public void copyPrivateKey(byte[] destination) {
        privateKey.getBytes(0, destination, 0, KEY_LENGTH);
    }

    /** Wipes the private key and gives its memory back; no handshake may hold this identity any more. */
    public void release() {
        noise.memory.release(privateKey);
    }

    /** Key of mac1 in messages to us. Public knowledge. */
    byte[] mac1Key() {
        return mac1Key;
    }

    /** Key that seals our cookies. Public knowledge. */
    byte[] cookieKey() {
        return cookieKey;
    }

    /** Writes the secret of the static key and {@code theirs}; false for a low-order point. */
    boolean agree(byte[] theirs, byte[] shared) {
        copyPrivateKey(noise.privateKey);
        boolean contributory = noise.x25519.agree(noise.privateKey, theirs, shared);
        Arrays.fill(noise.privateKey, (byte) 0);
        return contributory;
    }
}
