package io.penstock.protocol.ts2021;

import io.penstock.wireguard.Entropy;

/** Entropy that gives one known array, for the vectors. */
record Scripted(int value) implements Entropy {
    @Override
    public void fill(byte[] bytes) {
        java.util.Arrays.fill(bytes, (byte) value);
    }

    @Override
    public int nextInt() {
        return value;
    }
}
