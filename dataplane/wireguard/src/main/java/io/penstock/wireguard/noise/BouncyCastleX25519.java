package io.penstock.wireguard.noise;

import io.penstock.wireguard.X25519;

/** X25519 by BouncyCastle. Stateless and thread-safe. */
public final class BouncyCastleX25519 implements X25519 {
    @Override
    public boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret) {
        return org.bouncycastle.math.ec.rfc7748.X25519.calculateAgreement(privateKey, 0, publicKey, 0, sharedSecret, 0);
    }

    @Override
    public void publicKey(byte[] privateKey, byte[] publicKey) {
        org.bouncycastle.math.ec.rfc7748.X25519.scalarMultBase(privateKey, 0, publicKey, 0);
    }
}
