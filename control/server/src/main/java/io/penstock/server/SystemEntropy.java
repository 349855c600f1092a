package io.penstock.server;

import io.penstock.wireguard.Entropy;
import java.security.SecureRandom;

/** The system's source of randomness. Thread-safe. */
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
