package io.penstock.engine.aead;

import io.penstock.ffm.crypto.LibCrypto;
import io.penstock.ffm.crypto.Library;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** X25519 by libcrypto, twice as fast as BouncyCastle's. Owned by one thread, the control agent's. */
public final class NativeX25519 implements X25519 {
    private static final int KEY_LENGTH = 32;

    private final io.penstock.ffm.crypto.X25519 library;

    private NativeX25519(LibCrypto libCrypto) {
        library = new io.penstock.ffm.crypto.X25519(libCrypto);
    }

    /**
     * The function to use: libcrypto's if the machine has it and it gives known answers, else BouncyCastle's.
     *
     * @param refused gets the reason when libcrypto's is not used
     */
    public static X25519 choose(Consumer<String> refused) {
        switch (LibCrypto.find()) {
            case Library.Present<LibCrypto> present -> {
                X25519 candidate = new NativeX25519(present.library());
                String failure = failure(candidate);
                if (failure == null) {
                    return candidate;
                }
                refused.accept("X25519 of libcrypto failed its self-test: " + failure);
            }
            case Library.Absent<LibCrypto> absent -> refused.accept(absent.reason());
        }
        return new BouncyCastleX25519();
    }

    /** What an implementation does wrong, or null. The keys are those of a handshake that wireguard-go accepts. */
    static @Nullable String failure(X25519 x25519) {
        byte[] privateKey = hex("600be318ccfe9b1685ba2954a24c1b57f2cec0e57e5e2e0ae7c831e91d14305f");
        byte[] publicKey = hex("e91cb54a921625d460fb12619c852bb40a21b4e55077827fd19a9bca6607cd5c");
        byte[] peer = hex("b69b0d879873bc32f278336fd14097542ef513798a6042c008d19cd51ed8740d");
        byte[] shared = hex("18aca5fb39f22e95584fd7b697b86892dcbc9cf53aa02a5753ed95a5e7d42d54");
        byte[] out = new byte[KEY_LENGTH];
        try {
            x25519.publicKey(privateKey, out);
            if (!Arrays.equals(out, publicKey)) {
                return "wrong public key";
            }
            if (!x25519.agree(privateKey, peer, out) || !Arrays.equals(out, shared)) {
                return "wrong shared secret";
            }
            return x25519.agree(privateKey, new byte[KEY_LENGTH], out) ? "accepts a point of low order" : null;
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    @Override
    public boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret) {
        return library.agree(privateKey, publicKey, sharedSecret);
    }

    @Override
    public void publicKey(byte[] privateKey, byte[] publicKey) {
        library.publicKey(privateKey, publicKey);
    }

    @Override
    public String toString() {
        return "X25519 of libcrypto";
    }
}
