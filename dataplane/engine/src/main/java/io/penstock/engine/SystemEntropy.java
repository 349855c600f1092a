package io.penstock.engine;

import io.penstock.wireguard.Entropy;
import java.security.SecureRandom;

/** The operating system's randomness. */
public final class SystemEntropy implements Entropy {
    private final SecureRandom random = new SecureRandom();

    @Override
    public void fill(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public int nextInt() {
        return random.nextInt();
    }
}
