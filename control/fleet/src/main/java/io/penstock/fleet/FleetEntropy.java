package io.penstock.fleet;

import io.penstock.wireguard.Entropy;
import java.security.SecureRandom;

/** The system's source of randomness. Thread-safe. */
final class FleetEntropy implements Entropy {
    private final SecureRandom secure = new SecureRandom();

    @Override
    public void fill(byte[] bytes) {
        secure.nextBytes(bytes);
    }

    @Override
    public int nextInt() {
        return secure.nextInt();
    }
}
