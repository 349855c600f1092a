package io.penstock.protocol;

import io.penstock.wireguard.Entropy;
import java.util.List;
import java.util.Random;

/** Randomness of tests: repeatable, from {@code -Dpenstock.seed} or a new seed each run; a failing test prints it. */
public final class Seeded implements Entropy {
    private static final long SEED = Long.getLong("penstock.seed", System.nanoTime());

    private final long seed;
    private final Random random;

    private Seeded(long seed) {
        this.seed = seed;
        random = new Random(seed);
    }

    public static Seeded create() {
        return new Seeded(SEED);
    }

    public static Seeded of(long seed) {
        return new Seeded(seed);
    }

    public Random random() {
        return random;
    }

    /** Uniform over 0 to {@code bound - 1}. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    public boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    public <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    public byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Override
    public void fill(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public int nextInt() {
        return random.nextInt();
    }

    @Override
    public String toString() {
        return "-Dpenstock.seed=" + seed;
    }
}
