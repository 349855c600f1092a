package io.penstock.lab.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UdpReceiptTest {
    private final UdpReceipt receipt = new UdpReceipt();

    @Test
    void countsAnUndisturbedStream() {
        for (int i = 0; i < 10; i++) {
            receipt.onDatagram(i, i * 1000L, i * 1000L + 77, 100);
        }

        assertEquals(new StreamResult(1000, 9000, 10, 0, 0, 0), receipt.result());
    }

    @Test
    void tellsLateFromTwice() {
        for (long sequence : new long[] {0, 2, 1, 2, 5, 1, 4}) {
            receipt.onDatagram(sequence, 0, 0, 10);
        }

        StreamResult result = receipt.result();
        assertEquals(5, result.datagrams());
        assertEquals(2, result.reordered());
        assertEquals(2, result.duplicates());
        assertEquals(50, result.bytes());
    }

    @Test
    void smoothsJitterAsRtpDoes() {
        receipt.onDatagram(0, 0, 100, 10);
        receipt.onDatagram(1, 1000, 1100 + 1600, 10);

        assertEquals(100, receipt.result().jitterNs());
    }

    @Test
    void ignoresASequenceThatNoSenderUses() {
        receipt.onDatagram(-1, 0, 0, 10);
        receipt.onDatagram(Long.MIN_VALUE, 0, 0, 10);

        assertEquals(0, receipt.unique());
    }

    @Test
    void survivesAJumpToTheEnd() {
        receipt.onDatagram(0, 0, 0, 10);
        receipt.onDatagram(Long.MAX_VALUE, 0, 0, 10);
        receipt.onDatagram(Long.MAX_VALUE, 0, 0, 10);
        receipt.onDatagram(1, 0, 0, 10);

        StreamResult result = receipt.result();
        assertEquals(3, result.datagrams());
        assertEquals(1, result.duplicates());
        assertEquals(1, result.reordered());
    }

    @Test
    void agreesWithANaiveTwinUnderLossReorderingAndCopies() {
        long seed = Long.getLong("penstock.seed", 7);
        Random random = new Random(seed);
        Set<Long> seen = new HashSet<>();
        long highest = -1;
        long reordered = 0;
        long duplicates = 0;
        long next = 0;
        for (int i = 0; i < 200_000; i++) {
            next += random.nextInt(100) == 0 ? random.nextInt(20_000) : random.nextInt(3);
            long sequence = Math.max(0, next - random.nextInt(random.nextInt(10) == 0 ? 12_000 : 4));
            receipt.onDatagram(sequence, i, i, 1);
            boolean inWindow = highest - sequence < UdpReceipt.WINDOW;
            if (sequence > highest) {
                highest = sequence;
            } else if (inWindow && seen.contains(sequence)) {
                duplicates++;
                continue;
            } else {
                reordered++;
            }
            seen.add(sequence);
        }

        StreamResult result = receipt.result();
        assertEquals(duplicates, result.duplicates(), "seed " + seed);
        assertEquals(reordered, result.reordered(), "seed " + seed);
        assertEquals(200_000 - duplicates, result.datagrams(), "seed " + seed);
    }
}
