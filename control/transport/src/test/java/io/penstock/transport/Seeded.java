package io.penstock.transport;

import io.penstock.wireguard.Entropy;
import java.util.Random;

/** Randomness that repeats. */
final class Seeded implements Entropy {
    private final Random random;

    Seeded(long seed) {
        random = new Random(seed);
    }

    @Override
    public void fill(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public int nextInt() {
        return random.nextInt();
    }
}
