package io.penstock.relay.edge;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * Inputs that a fuzz target begins with, and what becomes of them: {@link #run} replays each and then as many changed ones as there is
 * time for, {@code -Dpenstock.fuzz.seconds=1800} by hand. Changes are random, not guided by coverage. A failure says its input in
 * hexadecimal digits, which makes a new line of the corpus.
 */
final class Corpus {
    private static final int MAX_LENGTH = 64 << 10;
    private static final byte[] EDGES = {
        0, 1, 2, 4, 7, 8, 0x0a, 0x10, 0x12, 0x20, 0x7f, (byte) 0x80, (byte) 0xff, '\r', '\n', ' '
    };

    private final List<byte[]> inputs;

    private Corpus(List<byte[]> inputs) {
        this.inputs = inputs;
    }

    /** What is done with an input; throws what is wrong. */
    interface Target {
        void accept(byte[] input, Random random);
    }

    static Corpus read(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream(name), name)) {
            return new Corpus(new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(HexFormat.of()::parseHex)
                    .toList());
        }
    }

    /** Replays all inputs, then changed ones for {@code seconds}; returns how many there were. */
    long run(Target target, double seconds) {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        double during = Double.parseDouble(System.getProperty("penstock.fuzz.seconds", Double.toString(seconds)));
        Random random = new Random(seed);
        for (byte[] input : inputs) {
            check(target, input, random, seed);
        }
        long executions = inputs.size();
        long endNs = System.nanoTime() + (long) (during * 1e9);
        while (System.nanoTime() - endNs < 0) {
            check(target, changed(random), random, seed);
            executions++;
        }
        return executions;
    }

    private static void check(Target target, byte[] input, Random random, long seed) {
        try {
            target.accept(input.clone(), random);
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "-Dpenstock.seed=" + seed + ", input " + HexFormat.of().formatHex(input), e);
        }
    }

    private byte[] changed(Random random) {
        byte[] bytes = inputs.get(random.nextInt(inputs.size())).clone();
        for (int i = random.nextInt(5); i >= 0; i--) {
            bytes = changedOnce(bytes, random);
        }
        return bytes;
    }

    private byte[] changedOnce(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length + 1);
        switch (random.nextInt(6)) {
            case 0 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 1 -> { // another behind it
                byte[] more = inputs.get(random.nextInt(inputs.size()));
                byte[] both = Arrays.copyOf(bytes, Math.min(MAX_LENGTH, at + more.length));
                System.arraycopy(more, 0, both, at, both.length - at);
                return both;
            }
            case 2 -> { // a part of it again
                int length = Math.min(random.nextInt(64), bytes.length - at);
                byte[] longer = new byte[bytes.length + length];
                System.arraycopy(bytes, 0, longer, 0, at + length);
                System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                return longer.length > MAX_LENGTH ? bytes : longer;
            }
            case 3 -> {
                if (at < bytes.length) {
                    bytes[at] = EDGES[random.nextInt(EDGES.length)];
                }
                return bytes;
            }
            case 4 -> {
                if (at < bytes.length) {
                    bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
                }
                return bytes;
            }
            default -> {
                if (at < bytes.length) {
                    bytes[at] = (byte) random.nextInt();
                }
                return bytes;
            }
        }
    }
}
