package io.penstock.engine.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.AllocationMeter;
import io.penstock.engine.Seed;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SplitterTest {
    private static final int OFFSET = 3; // unaligned on purpose

    private final Splitter splitter = new Splitter();
    private final ByteBuffer memory = ByteBuffer.allocateDirect(70_000);
    private final UnsafeBuffer destination = new UnsafeBuffer(ByteBuffer.allocateDirect(70_000));
    private int written;

    @Test
    void passesFinishedPacketAsItIs() {
        byte[] packet = new TestPacket().payload(77, 1).build();
        assertSegments(TestPacket.read(0, 0, 0, 0, 0, 0, packet), List.of(packet));
    }

    @Test
    void dropsBytesAfterTheLengthOfTheHeader() {
        byte[] packet = new TestPacket().payload(77, 1).build();
        byte[] longer = Arrays.copyOf(packet, packet.length + 9);
        assertSegments(TestPacket.read(0, 0, 0, 0, 0, 0, longer), List.of(packet));
    }

    @Test
    void completesTheChecksum() {
        for (int i = 0; i < 200; i++) {
            TestPacket packet = new TestPacket().v6((i & 1) == 0).payload(i, i);
            packet.protocol = (i & 2) == 0 ? 6 : 17;
            byte[] finished = packet.build();
            assertSegments(packet.superRead(0), List.of(finished));
        }
    }

    @Test
    void splitsTcpIntoSegmentsWithSequenceIdAndFlags() {
        TestPacket whole = new TestPacket().payload(2500, 5);
        whole.id = 0xffff;
        whole.sequence = -500;
        whole.flags = 0x99; // CWR, ACK, PSH, FIN
        whole.tcpOptions = 12;
        List<byte[]> segments = assertTwin(whole.superRead(1000));
        assertEquals(3, segments.size());
        int[] flags = {0x90, 0x10, 0x19};
        for (int k = 0; k < 3; k++) {
            byte[] segment = segments.get(k);
            assertTrue(TestPacket.isSound(segment, 20, 6));
            assertEquals(0xffff + k & 0xffff, TestPacket.u16(segment, 4));
            assertEquals(-500 + k * 1000, TestPacket.u32(segment, 24));
            assertEquals(flags[k], TestPacket.u8(segment, 33));
            assertEquals(k < 2 ? 1052 : 552, segment.length);
        }
    }

    @Test
    void neverWritesUdpChecksumZero() {
        // One of the 65,536 values of the last two payload bytes makes the sum of the second segment come out as 0.
        TestPacket whole = new TestPacket().udp().payload(20, 3);
        byte[] read = whole.superRead(10);
        boolean met = false;
        for (int value = 0; value < 65_536; value++) {
            TestPacket.put16(read, read.length - 2, value);
            byte[] segment = splitAll(read).get(1);
            assertTrue(TestPacket.u16(segment, 26) != 0);
            met |= TestPacket.u16(segment, 26) == 0xffff;
        }
        assertTrue(met);
    }

    @Test
    void splitsBehindIpv4OptionsAndIpv6ExtensionHeaders() {
        for (boolean v6 : new boolean[] {false, true}) {
            for (int protocol : new int[] {6, 17}) {
                TestPacket whole = new TestPacket().v6(v6).payload(333, 1);
                whole.protocol = protocol;
                whole.ipOptions = 8;
                for (byte[] segment : assertTwin(whole.superRead(100))) {
                    assertTrue(TestPacket.isSound(segment, whole.networkLength(), protocol));
                }
            }
        }
    }

    @Test
    void keepsTheStacksPseudoHeaderBehindRoutingHeader() {
        TestPacket whole = new TestPacket().v6(true).payload(250, 1);
        whole.ipOptions = 8;
        byte[] read = whole.superRead(100);
        int field = 10 + 48 + 16;
        int difference = 0x1234; // the final destination sums up to this much more than the one in the IP header
        int sum = TestPacket.u16(read, field) + difference;
        TestPacket.put16(read, field, (sum & 0xffff) + (sum >>> 16));
        for (byte[] segment : splitAll(read)) {
            assertEquals(
                    0,
                    TestPacket.checksum(
                            segment,
                            48,
                            segment.length,
                            TestPacket.pseudoSum(segment, 6, segment.length - 48) + difference));
        }
    }

    @Test
    void acceptsSuperpacketWithVerifiedChecksum() {
        TestPacket whole = new TestPacket().payload(300, 1);
        byte[] read = TestPacket.read(0, 1, 0, 100, 0, 0, whole.build());
        assertArrayEquals(
                splitAll(whole.superRead(100)).toArray(), splitAll(read).toArray());
    }

    @Test
    void makesOneSegmentOfSuperpacketWithoutPayload() {
        TestPacket empty = new TestPacket();
        assertSegments(empty.superRead(1000), List.of(empty.build()));
    }

    @Test
    void splitsLargestPacketIntoSingleBytes() {
        TestPacket whole = new TestPacket().payload(65_535 - 40, 2);
        byte[] read = whole.superRead(1);
        assertEquals(65_495, splitter.begin(load(read), OFFSET, read.length));
        assertEquals(41, splitter.segmentLength(65_494));
        splitter.write(65_494, destination, 0);
        byte[] last = new byte[41];
        destination.getBytes(0, last);
        assertTrue(TestPacket.isSound(last, 20, 6));
        assertEquals(1000 + 65_494, TestPacket.u32(last, 24));
        assertThrows(IndexOutOfBoundsException.class, () -> splitter.write(65_495, destination, 0));
    }

    @Test
    void namesTheFault() {
        byte[] good = new TestPacket().payload(50, 1).build();
        byte[] v5 = good.clone();
        v5[0] = 0x55;
        byte[] tooLong = good.clone();
        TestPacket.put16(tooLong, 2, good.length + 1);
        byte[] headerBeyond = good.clone();
        TestPacket.put16(headerBeyond, 2, 20);
        headerBeyond[0] = 0x46;
        assertFault(PacketFault.TOO_SHORT, new byte[9]);
        assertFault(PacketFault.TOO_SHORT, Arrays.copyOf(TestPacket.read(0, 0, 0, 0, 0, 0, good), 29));
        assertFault(PacketFault.NOT_IP, TestPacket.read(0, 0, 0, 0, 0, 0, v5));
        assertFault(PacketFault.BAD_LENGTH, TestPacket.read(0, 0, 0, 0, 0, 0, tooLong));
        assertFault(PacketFault.BAD_LENGTH, TestPacket.read(0, 0, 0, 0, 0, 0, headerBeyond));
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 0, 0, 0, 20, 69, good)); // checksum field beyond
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 0, 0, 0, 8, 2, good)); // inside the IP header
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 1, 0, 0, 20, 16, good)); // no gso_size
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 3, 0, 10, 20, 6, good)); // UFO
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 4, 0, 10, 20, 16, good)); // TCP over IPv6
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 5, 0, 10, 20, 6, good)); // UDP
        assertFault(PacketFault.BAD_OFFLOAD, TestPacket.read(1, 1, 0, 10, 24, 16, good)); // not the transport header
    }

    @Test
    void tellsAddressesAndEcn() {
        byte[] read = new TestPacket().superRead(0);
        assertEquals(1, splitter.begin(load(read), OFFSET, read.length));
        assertFalse(splitter.isV6());
        assertEquals(TestPacket.u32(read, 10 + 12), splitter.source4());
        assertEquals(TestPacket.u32(read, 10 + 16), splitter.destination4());

        TestPacket six = new TestPacket().v6(true);
        six.trafficClass = 0xfe;
        read = six.superRead(0);
        assertEquals(1, splitter.begin(load(read), OFFSET, read.length));
        assertTrue(splitter.isV6());
        assertEquals(2, splitter.ecn());
        ByteBuffer bytes = ByteBuffer.wrap(read);
        assertEquals(bytes.getLong(18), splitter.sourceHigh());
        assertEquals(bytes.getLong(26), splitter.sourceLow());
        assertEquals(bytes.getLong(34), splitter.destinationHigh());
        assertEquals(bytes.getLong(42), splitter.destinationLow());
    }

    @Test
    void agreesWithNaiveTwinOnRandomReads() {
        Seed.run(random -> {
            for (int i = 0; i < 20_000; i++) {
                assertTwin(randomRead(random));
            }
        });
    }

    @Test
    void survivesHostileReads() {
        Seed.run(random -> {
            int accepted = 0;
            for (int i = 0; i < 1_000_000; i++) {
                byte[] read = i % 50 == 0 ? randomRead(random) : mutate(random);
                int segments = splitter.begin(load(read), OFFSET, read.length);
                if (segments < 0) {
                    assertTrue(PacketFault.of(segments).code() == segments);
                    continue;
                }
                accepted++;
                splitter.write(0, destination, 0);
                splitter.write(segments - 1, destination, 0);
                written += splitter.ecn() + splitter.destination4();
            }
            assertTrue(accepted > 10_000, "accepted " + accepted);
        });
    }

    @Test
    void splitsWithoutAllocating() {
        byte[] read = new TestPacket().payload(60_000, 1).superRead(1368);
        UnsafeBuffer buffer = load(read);
        AllocationMeter.assertNoBytes(
                () -> {
                    int segments = splitter.begin(buffer, OFFSET, read.length);
                    for (int k = 0; k < segments; k++) {
                        written += splitter.write(k, destination, k * 1500);
                    }
                },
                500);
    }

    private byte[] last = new TestPacket().superRead(0);

    private byte[] mutate(Random random) {
        if (random.nextInt(20) == 0) {
            last = randomRead(random);
        }
        byte[] read = last.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            read[random.nextInt(Math.min(90, read.length))] = (byte) random.nextInt();
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(read, random.nextInt(read.length + 1)) : read;
    }

    private static byte[] randomRead(Random random) {
        TestPacket packet = new TestPacket().v6(random.nextBoolean());
        packet.protocol = random.nextBoolean() ? 6 : 17;
        packet.payload(random.nextInt(random.nextInt(20) == 0 ? 20_000 : 1500), random.nextInt());
        packet.ipOptions = random.nextInt(4) == 0 ? 8 * random.nextInt(5) : 0;
        packet.tcpOptions = 4 * random.nextInt(11);
        packet.flags = random.nextInt(0x1000);
        packet.id = random.nextInt(0x10000);
        packet.sequence = random.nextInt();
        packet.trafficClass = random.nextInt(256);
        return packet.superRead(random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(3000));
    }

    private List<byte[]> assertTwin(byte[] read) {
        List<byte[]> expected = NaiveSplitter.split(read);
        assertFalse(expected.isEmpty());
        assertSegments(read, expected);
        return expected;
    }

    private void assertSegments(byte[] read, List<byte[]> expected) {
        assertArrayEquals(expected.toArray(), splitAll(read).toArray());
    }

    private List<byte[]> splitAll(byte[] read) {
        int segments = splitter.begin(load(read), OFFSET, read.length);
        assertTrue(segments > 0, () -> PacketFault.of(segments).name());
        assertEquals(segments, splitter.segments());
        byte[][] all = new byte[segments][];
        for (int k = 0; k < segments; k++) {
            int length = splitter.write(k, destination, 1);
            assertEquals(length, splitter.segmentLength(k));
            all[k] = new byte[length];
            destination.getBytes(1, all[k]);
        }
        return List.of(all);
    }

    private void assertFault(PacketFault fault, byte[] read) {
        assertEquals(fault.code(), splitter.begin(load(read), OFFSET, read.length));
    }

    /** A buffer that ends where the read ends, so that a read beyond throws. */
    private UnsafeBuffer load(byte[] read) {
        UnsafeBuffer buffer = new UnsafeBuffer(memory, 0, OFFSET + read.length);
        buffer.putBytes(OFFSET, read);
        return buffer;
    }
}
