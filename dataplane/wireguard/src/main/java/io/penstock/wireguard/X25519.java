package io.penstock.wireguard;

/**
 * The Diffie-Hellman function of WireGuard, RFC 7748. All arrays hold 32 bytes. Private keys are clamped inside, the high
 * bit of public keys is ignored and non-canonical ones are reduced, as the RFC says.
 */
public interface X25519 {
    /**
     * Writes the shared secret of {@code privateKey} and {@code publicKey}.
     *
     * @return false if the secret is all zero: the public key is a point of low order and must be refused
     */
    boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret);

    /** Writes the public key that belongs to {@code privateKey}. */
    void publicKey(byte[] privateKey, byte[] publicKey);
}
