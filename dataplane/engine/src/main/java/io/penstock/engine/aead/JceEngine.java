package io.penstock.engine.aead;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The JDK's own cipher. It refuses to seal twice in a row with one key and counter, as no caller may. */
final class JceEngine extends HeapEngine {
    static final String NAME = "jce";

    private static final String TRANSFORMATION = "ChaCha20-Poly1305";

    private final Cipher cipher;
    private @Nullable SecretKeySpec keySpec;

    JceEngine() throws EngineUnavailableException {
        try {
            cipher = Cipher.getInstance(TRANSFORMATION);
        } catch (GeneralSecurityException e) {
            throw new EngineUnavailableException("the JDK offers no " + TRANSFORMATION + ": " + e.getMessage());
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return NAME + " " + Runtime.version() + " (" + cipher.getProvider().getName() + ")";
    }

    @Override
    int process(
            boolean isSealing, byte[] key, boolean isNewKey, byte[] nonce, byte[] input, int length, byte[] output) {
        SecretKeySpec spec = keySpec;
        if (spec == null || isNewKey) {
            spec = new SecretKeySpec(key, "ChaCha20");
            keySpec = spec;
        }
        try {
            cipher.init(isSealing ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, spec, new IvParameterSpec(nonce));
            return cipher.doFinal(input, 0, length, output, 0);
        } catch (AEADBadTagException e) {
            return -1;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's cipher failed", e);
        }
    }

    @Override
    public void close() {
        keySpec = null;
        super.close();
    }
}
