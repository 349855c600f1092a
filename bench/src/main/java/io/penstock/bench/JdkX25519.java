package io.penstock.bench;

import io.penstock.wireguard.X25519;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;

/** X25519 by the JDK. Its API has no way from a private key to its public one but an agreement with the base point. */
final class JdkX25519 implements X25519 {
    private static final byte[] BASE_POINT = basePoint();

    private final KeyFactory factory = KeyFactory.getInstance("X25519");
    private final KeyAgreement agreement = KeyAgreement.getInstance("X25519");

    JdkX25519() throws GeneralSecurityException {}

    private static byte[] basePoint() {
        byte[] point = new byte[32];
        point[0] = 9;
        return point;
    }

    @Override
    public boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret) {
        try {
            agreement.init(factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey)));
            agreement.doPhase(publicKey(publicKey), true);
            return agreement.generateSecret(sharedSecret, 0) == sharedSecret.length;
        } catch (InvalidKeyException e) {
            return false; // a point of low order
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's X25519 failed", e);
        }
    }

    @Override
    public void publicKey(byte[] privateKey, byte[] publicKey) {
        agree(privateKey, BASE_POINT, publicKey);
    }

    private PublicKey publicKey(byte[] littleEndian) throws GeneralSecurityException {
        byte[] bytes = new byte[littleEndian.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = littleEndian[bytes.length - 1 - i];
        }
        bytes[0] &= 0x7f;
        BigInteger u = new BigInteger(1, bytes);
        Arrays.fill(bytes, (byte) 0);
        return factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, u));
    }
}
