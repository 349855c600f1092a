package io.penstock.sim;

import io.penstock.wireguard.Entropy;
import java.util.List;
import java.util.SplittableRandom;

/** All randomness of a run, from its seed. Each part of the world has dice of its own, split off in a fixed order. */
public final class Dice implements Entropy {
    private final SplittableRandom random;

    public Dice(long seed) {
        this(new SplittableRandom(seed));
    }

    private Dice(SplittableRandom random) {
        this.random = random;
    }

    public Dice split() {
        return new Dice(random.split());
    }

    /** True with this probability. */
    public boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    /** Uniform over 0 to {@code bound - 1}. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** Uniform, both ends included. */
    public long between(long low, long high) {
        return low + random.nextLong(high - low + 1);
    }

    public long anyLong() {
        return random.nextLong();
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    public <T> T pick(List<T> list) {
        return list.get(below(list.size()));
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
