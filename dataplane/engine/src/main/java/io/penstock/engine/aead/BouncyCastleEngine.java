package io.penstock.engine.aead;

import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/** BouncyCastle's lightweight cipher: always there, and the oracle of the tests. */
final class BouncyCastleEngine extends HeapEngine {
    static final String NAME = "bouncycastle";

    private final ChaCha20Poly1305 cipher = new ChaCha20Poly1305();
    private @Nullable KeyParameter keyParameter;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return NAME + " (pure Java)";
    }

    @Override
    int process(
            boolean isSealing, byte[] key, boolean isNewKey, byte[] nonce, byte[] input, int length, byte[] output) {
        KeyParameter parameter = keyParameter;
        if (parameter == null || isNewKey) {
            parameter = new KeyParameter(key);
            keyParameter = parameter;
        }
        cipher.init(isSealing, new ParametersWithIV(parameter, nonce));
        int written = cipher.processBytes(input, 0, length, output, 0);
        try {
            return written + cipher.doFinal(output, written);
        } catch (InvalidCipherTextException e) {
            return -1;
        }
    }

    @Override
    public void close() {
        keyParameter = null;
        super.close();
    }
}
