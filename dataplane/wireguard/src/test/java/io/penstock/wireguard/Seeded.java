package io.penstock.wireguard;

import java.util.ArrayDeque;
import java.util.Random;

/**
 * Randomness of tests: repeatable, from {@code -Dpenstock.seed} or a new seed each run; a failing test prints
 * {@link #toString}. As {@link Entropy} it hands out what was scripted first.
 */
public final class Seeded implements Entropy {
    private static final long SEED = Long.getLong("penstock.seed", System.nanoTime());

    private final long seed;
    private final Random random;
    private final ArrayDeque<byte[]> scripted = new ArrayDeque<>();

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

    public byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** The next {@link #fill} gives these bytes. */
    public Seeded script(byte[] bytes) {
        scripted.add(bytes);
        return this;
    }

    @Override
    public void fill(byte[] bytes) {
        byte[] next = scripted.poll();
        if (next == null) {
            random.nextBytes(bytes);
        } else if (next.length == bytes.length) {
            System.arraycopy(next, 0, bytes, 0, next.length);
        } else {
            throw new IllegalStateException("scripted " + next.length + " bytes, wanted " + bytes.length);
        }
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
