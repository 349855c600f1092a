package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.engine.lane.Hub.Shape;
import io.penstock.wireguard.Entropy;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures what a packet costs with 1, 100 and 1,000 active peers of 10,000, in turns, and prints medians; see
 * docs/performance.md. Arguments: the number of rounds, and the name of a cipher engine.
 */
final class ManyPeersMain {
    private static final int CONFIGURED = 10_000;
    private static final int[] ACTIVE = {1, 100, 1_000};
    private static final List<Shape> SHAPES = List.of(new Shape(44, 1_380), new Shape(1, 1_380), new Shape(1, 64));
    private static final int PACKETS = 44_000;
    private static final int WARM_UP_ROUNDS = 10;

    private record Seeded(Random random) implements Entropy {
        @Override
        public void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        public int nextInt() {
            return random.nextInt();
        }
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 21;
        AeadEngine engine = AeadEngines.choose(arguments.length > 1 ? arguments[1] : null, _ -> {});
        try (Hub hub = new Hub(
                CONFIGURED,
                ACTIVE[ACTIVE.length - 1],
                engine,
                AeadEngines.open(engine.name()),
                NativeX25519.choose(_ -> {}),
                new Site.PlainMemory(),
                new Seeded(new Random(1)))) {
            System.out.printf(
                    Locale.ROOT, "%s, %d rounds of %d packets, ns per packet%n", engine.describe(), rounds, PACKETS);
            for (boolean inbound : new boolean[] {false, true}) {
                for (Shape shape : SHAPES) {
                    measure(hub, inbound, shape, rounds);
                }
            }
        }
    }

    private static void measure(Hub hub, boolean inbound, Shape shape, int rounds) {
        double[][] nsPerPacket = new double[ACTIVE.length][rounds];
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (int i = 0; i < ACTIVE.length; i++) {
                int count = PACKETS / shape.run();
                long tookNs = inbound ? hub.receive(ACTIVE[i], shape, count) : hub.send(ACTIVE[i], shape, count);
                if (round >= 0) {
                    nsPerPacket[i][round] = (double) tookNs / count / shape.run();
                }
            }
        }
        double ofOne = median(nsPerPacket[0]);
        System.out.printf(
                Locale.ROOT,
                "%-8s runs of %2d x %4d bytes:",
                inbound ? "receive" : "send",
                shape.run(),
                shape.payloadBytes());
        for (int i = 0; i < ACTIVE.length; i++) {
            double median = median(nsPerPacket[i]);
            System.out.printf(Locale.ROOT, "  %4d peers %6.0f (%.2f)", ACTIVE[i], median, median / ofOne);
        }
        System.out.println();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private ManyPeersMain() {}
}
