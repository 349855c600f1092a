package io.penstock.lab.demo;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.util.Base64;
import java.util.HexFormat;

/** A throw-away X25519 key pair in the control socket's hex. */
record TunnelKeys(String privateHex, String publicHex) {
    private static final int KEY_LENGTH = 32;

    static TunnelKeys generate() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
            byte[] scalar = ((XECPrivateKey) pair.getPrivate()).getScalar().orElseThrow();
            return new TunnelKeys(
                    HexFormat.of().formatHex(scalar),
                    HexFormat.of().formatHex(littleEndian(((XECPublicKey) pair.getPublic()).getU())));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has X25519", e);
        }
    }

    /** File name of the engine's note about this key, see {@code TimestampStore}. */
    String noteName() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(HexFormat.of().parseHex(publicHex));
    }

    private static byte[] littleEndian(BigInteger u) {
        byte[] bytes = new byte[KEY_LENGTH];
        for (int i = 0; i < KEY_LENGTH; i++) {
            bytes[i] = u.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    /** Keys do not belong into logs. */
    @Override
    public String toString() {
        return "keys of " + publicHex.substring(0, 8);
    }
}
