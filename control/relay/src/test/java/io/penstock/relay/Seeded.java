package io.penstock.relay;

import io.penstock.wireguard.Entropy;
import java.util.Random;

/** Randomness that repeats. Thread-safe, as its source is. */
public final class Seeded implements Entropy {
    private final Random random;

    public Seeded(long seed) {
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
