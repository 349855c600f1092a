package io.penstock.server;

import io.penstock.wireguard.Entropy;
import java.util.Random;

/** Bytes that a seed decides. */
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
