package io.penstock.node.coordination;

import io.penstock.wireguard.Entropy;
import java.util.Random;

/** Randomness that is the same in every run. */
public final class Seeded implements Entropy {
    private final Random random;

    public Seeded(long seed) {
        random = new Random(seed);
    }

    @Override
    public synchronized void fill(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public synchronized int nextInt() {
        return random.nextInt();
    }
}
