package io.penstock.engine.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.engine.Seed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(70_000));

    @Test
    void sumsAnyRangeLikeTheSlowWay() {
        Seed.run(random -> {
            byte[] bytes = new byte[70_000];
            random.nextBytes(bytes);
            Arrays.fill(bytes, 0, 2000, (byte) 0xff);
            buffer.putBytes(0, bytes);
            for (int i = 0; i < 3000; i++) {
                int offset = random.nextInt(3000);
                int length = i == 0 ? 65_535 : random.nextInt(2000);
                int expected = TestPacket.checksum(bytes, offset, offset + length, 0);
                assertEquals(expected, Checksum.finish(Checksum.sum(buffer, offset, length)), offset + "+" + length);
            }
        });
    }

    @Test
    void updatesChecksumOfOneChangedWord() {
        Seed.run(random -> {
            for (int i = 0; i < 10_000; i++) {
                byte[] header = new byte[20];
                random.nextBytes(header);
                TestPacket.put16(header, 10, 0);
                int before = TestPacket.checksum(header, 0, 20, 0);
                int oldWord = TestPacket.u16(header, 4);
                int newWord = random.nextInt(0x10000);
                TestPacket.put16(header, 4, newWord);
                assertEquals(TestPacket.checksum(header, 0, 20, 0), Checksum.update(before, oldWord, newWord));
            }
        });
    }

    @Test
    void sumsPseudoHeaders() {
        for (boolean v6 : new boolean[] {false, true}) {
            byte[] packet = new TestPacket().v6(v6).payload(100, 1).build();
            buffer.putBytes(5, packet);
            int length = packet.length - (v6 ? 40 : 20);
            long sum = v6 ? Checksum.pseudo6(buffer, 5, 6, length) : Checksum.pseudo4(buffer, 5, 6, length);
            assertEquals(TestPacket.pseudoSum(packet, 6, length), Checksum.fold(sum));
        }
    }

    @Test
    void refusesRangeOutsideAndHeapMemory() {
        assertThrows(IndexOutOfBoundsException.class, () -> Checksum.sum(buffer, 69_000, 1001));
        assertThrows(IndexOutOfBoundsException.class, () -> Checksum.sum(buffer, -1, 10));
        assertThrows(IllegalArgumentException.class, () -> Checksum.sum(new UnsafeBuffer(new byte[9]), 0, 9));
    }

    @Test
    void foldsLargePartialSums() {
        assertEquals(0xffff, Checksum.fold(0xffffL * 0x1_0000_0000L));
        assertEquals(0, Checksum.fold(0));
        assertEquals(1, Checksum.fold(0x10000));
    }
}
