package io.penstock.engine.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.AllocationMeter;
import io.penstock.engine.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class CoalescerTest {
    private static final int CAPACITY = 2048;
    private static final int ROOM = 16;

    private final UnsafeBuffer slab = new UnsafeBuffer(ByteBuffer.allocateDirect(4 << 20));
    private final Coalescer coalescer = new Coalescer(CAPACITY);
    private int end;

    @Test
    void joinsAndSplitsBackToTheSamePackets() {
        for (boolean v6 : new boolean[] {false, true}) {
            for (int protocol : new int[] {6, 17}) {
                TestPacket whole = new TestPacket().v6(v6).payload(41_234, 1);
                whole.protocol = protocol;
                whole.flags = 0x18;
                whole.tcpOptions = 12;
                List<byte[]> segments = NaiveSplitter.split(whole.superRead(1000));
                List<byte[]> writes = coalesce(segments);
                assertEquals(1, writes.size());
                assertArrayEquals(
                        segments.toArray(), NaiveSplitter.split(writes.get(0)).toArray());
                assertEquals(42, coalescer.iovCount(0));
                assertEquals(protocol == 17, coalescer.isUdpSuperpacket(0));
            }
        }
    }

    @Test
    void leavesLonePacketUntouched() {
        byte[] packet = new TestPacket().payload(100, 1).build();
        packet[36] ^= 1; // a wrong checksum stays wrong, for the host to see
        assertArrayEquals(
                TestPacket.read(0, 0, 0, 0, 0, 0, packet),
                coalesce(List.of(packet)).get(0));
    }

    @Test
    void putsTcpSegmentsBackInSequence() {
        List<byte[]> segments =
                NaiveSplitter.split(new TestPacket().payload(3000, 1).superRead(1000));
        Collections.reverse(segments);
        List<byte[]> writes = coalesce(segments);
        assertEquals(1, writes.size());
        Collections.reverse(segments);
        List<byte[]> split = NaiveSplitter.split(writes.get(0));
        for (int k = 0; k < 3; k++) {
            assertArrayEquals(
                    Arrays.copyOfRange(segments.get(k), 20, 1040), Arrays.copyOfRange(split.get(k), 20, 1040));
        }
    }

    @Test
    void prependsLargerSegmentOnlyToSinglePacket() {
        assertItems(1, tcp(2000, 500), tcp(1000, 1000));
        assertItems(2, tcp(2000, 500), tcp(2500, 500), tcp(1000, 1000));
        assertItems(2, tcp(2000, 500), tcp(1600, 400));
    }

    @Test
    void closesItemAfterShortSegmentAndAfterPush() {
        assertItems(2, tcp(1000, 500), tcp(1500, 400), tcp(1900, 400));
        assertItems(2, tcp(1000, 500), tcp(1500, 600));
        assertItems(2, push(tcp(1000, 500)), tcp(1500, 500));
        assertItems(1, tcp(1000, 500), push(tcp(1500, 500)));
        assertItems(2, tcp(1500, 500), push(tcp(1000, 500)));
    }

    @Test
    void joinsOnlyPlainSegmentsOfOneFlow() {
        TestPacket other = tcp(1500, 500);
        other.acknowledgement++;
        assertItems(2, tcp(1000, 500), other);
        other = tcp(1500, 500);
        other.ttl--;
        assertItems(2, tcp(1000, 500), other);
        other = tcp(1500, 500);
        other.trafficClass = 3;
        assertItems(2, tcp(1000, 500), other);
        other = tcp(1500, 500);
        other.fragment = 0;
        assertItems(2, tcp(1000, 500), other);
        other = tcp(1500, 500);
        other.window++;
        assertItems(2, tcp(1000, 500), other);
        other = tcp(1500, 500);
        other.flow++;
        assertItems(2, tcp(1000, 500), other);
        other = tcp(1500, 500);
        other.id = 4711;
        assertItems(1, tcp(1000, 500), other);
        for (int flag : new int[] {1, 2, 4, 0x20, 0x40, 0x80, 0x100}) {
            other = tcp(1500, 500);
            other.flags |= flag;
            assertItems(2, tcp(1000, 500), other);
        }
    }

    @Test
    void neverPassesPacketOfTheSameFlow() {
        TestPacket pureAck = tcp(1500, 0);
        assertItems(3, tcp(1000, 500), pureAck, tcp(1500, 500));
        TestPacket fragment = tcp(7, 500);
        fragment.fragment = 0x2000;
        assertItems(3, tcp(1000, 500), fragment, tcp(1500, 500));
        TestPacket options = tcp(7, 500);
        options.ipOptions = 4;
        assertItems(3, tcp(1000, 500), options, tcp(1500, 500));
        TestPacket foreign = tcp(7, 500);
        foreign.flow = 9;
        foreign.ipOptions = 4;
        assertItems(2, tcp(1000, 500), foreign, tcp(1500, 500));
        TestPacket icmp = new TestPacket().payload(64, 1);
        icmp.protocol = 1;
        assertItems(2, tcp(1000, 500), icmp, tcp(1500, 500));
        TestPacket behindExtension = tcp(7, 500).v6(true);
        behindExtension.ipOptions = 8;
        assertItems(3, tcp(1000, 500).v6(true), behindExtension, tcp(1500, 500).v6(true));
    }

    @Test
    void keepsToTheLimitsOfTheKernel() {
        List<byte[]> datagrams =
                Collections.nCopies(100, new TestPacket().udp().payload(100, 1).build());
        coalesce(datagrams);
        assertEquals(2, coalescer.items());
        assertEquals(64, coalescer.iovCount(0));
        assertEquals(36, coalescer.iovCount(1));

        List<byte[]> large =
                NaiveSplitter.split(new TestPacket().payload(65_495, 1).superRead(1300));
        large.addAll(NaiveSplitter.split(tcp(1000 + 65_495, 1300).superRead(1300)));
        coalesce(large);
        assertEquals(2, coalescer.items());
        assertEquals(10 + 65_535, coalescer.lengthBytes(0));

        List<byte[]> tiny =
                NaiveSplitter.split(new TestPacket().payload(1500, 1).superRead(1));
        coalesce(tiny);
        assertEquals(2, coalescer.items());
        assertEquals(1024, coalescer.iovCount(0));
        assertEquals(476, coalescer.iovCount(1));
    }

    @Test
    void keepsDatagramWithoutChecksumAlone() {
        byte[] packet = new TestPacket().udp().payload(100, 1).build();
        TestPacket.put16(packet, 26, 0);
        coalesce(List.of(packet, packet.clone()));
        assertEquals(2, coalescer.items());
    }

    @Test
    void keepsOrderOfMoreFlowsThanItRemembers() {
        Seed.run(random -> {
            List<byte[]> packets = new ArrayList<>();
            int[] sequences = new int[1000];
            for (int i = 0; i < CAPACITY; i++) {
                TestPacket packet = tcp(0, 100);
                int flow = random.nextInt(1000);
                packet.flow = flow;
                packet.sequence = sequences[flow];
                sequences[flow] += 100;
                packets.add(packet.build());
            }
            Arrays.fill(sequences, 0);
            for (byte[] write : coalesce(packets)) {
                for (byte[] segment : NaiveSplitter.split(write)) {
                    int flow = TestPacket.u16(segment, 20) - 40_000;
                    assertEquals(sequences[flow], TestPacket.u32(segment, 24));
                    sequences[flow] += 100;
                }
            }
        });
    }

    @Test
    void switchesOffByProtocol() {
        List<byte[]> packets = new ArrayList<>(NaiveSplitter.split(tcp(0, 3000).superRead(1000)));
        packets.addAll(
                NaiveSplitter.split(new TestPacket().udp().payload(3000, 1).superRead(1000)));
        coalescer.udpEnabled(false);
        coalesce(packets);
        assertEquals(4, coalescer.items());
        coalescer.tcpEnabled(false);
        coalesce(packets);
        assertEquals(6, coalescer.items());
        coalescer.udpEnabled(true);
        coalesce(packets);
        assertEquals(4, coalescer.items());
        assertFalse(coalescer.tcpEnabled());
        assertTrue(coalescer.udpEnabled());
    }

    @Test
    void saysWhenTheBatchIsFull() {
        coalescer.begin(slab);
        slab.putBytes(ROOM, tcp(0, 10).build());
        for (int i = 0; i < CAPACITY; i++) {
            assertTrue(coalescer.add(ROOM, 50));
        }
        assertFalse(coalescer.add(ROOM, 50));
        assertEquals(CAPACITY, coalescer.packets());
    }

    @Test
    void agreesWithNaiveTwinOnRandomBatches() {
        Seed.run(random -> {
            int merged = 0;
            for (int batch = 0; batch < 3000; batch++) {
                List<byte[]> packets = randomBatch(random);
                NaiveCoalescer twin = new NaiveCoalescer();
                twin.tcp = random.nextInt(8) > 0;
                twin.udp = random.nextInt(8) > 0;
                coalescer.tcpEnabled(twin.tcp);
                coalescer.udpEnabled(twin.udp);
                packets.forEach(twin::add);
                List<byte[]> writes = coalesce(packets);
                assertEquals(twin.items.size(), writes.size());
                for (int i = 0; i < writes.size(); i++) {
                    NaiveCoalescer.Item item = twin.items.get(i);
                    assertArrayEquals(NaiveCoalescer.written(item), writes.get(i), "batch " + batch + " item " + i);
                    assertSeparates(i, item.packets);
                    merged += item.packets.size() - 1;
                }
            }
            assertTrue(merged > 3000, "merged " + merged);
        });
    }

    @Test
    void survivesHostilePackets() {
        Seed.run(random -> {
            byte[] seed = tcp(0, 10).build();
            int taken = 0;
            for (int batch = 0; batch < 10_000; batch++) {
                coalescer.begin(slab);
                end = 0;
                for (int i = 0; i < 100; i++) {
                    seed = random.nextInt(10) == 0 ? randomPacket(random).build() : seed;
                    byte[] packet = seed.clone();
                    for (int flips = random.nextInt(3); flips > 0; flips--) {
                        packet[random.nextInt(Math.min(80, packet.length))] = (byte) random.nextInt();
                    }
                    int cut = random.nextInt(8) == 0 ? random.nextInt(packet.length + 1) : packet.length;
                    taken += store(Arrays.copyOf(packet, cut)) ? 1 : 0;
                }
                for (int item = coalescer.finish() - 1; item >= 0; item--) {
                    assertEquals(coalescer.iovCount(item), coalescer.separate(item));
                }
            }
            assertTrue(taken > 100_000, "taken " + taken);
        });
    }

    @Test
    void joinsWithoutAllocating() {
        List<byte[]> packets = NaiveSplitter.split(tcp(0, 60_000).superRead(1368));
        coalesce(packets);
        coalescer.separate(0); // as decrypted again
        int[] offsets = new int[packets.size()];
        int[] lengths = new int[packets.size()];
        int offset = 0;
        for (int i = 0; i < offsets.length; i++) {
            lengths[i] = packets.get(i).length;
            offsets[i] = offset + ROOM;
            offset += ROOM + lengths[i];
        }
        AllocationMeter.assertNoBytes(
                () -> {
                    coalescer.begin(slab);
                    for (int i = 0; i < offsets.length; i++) {
                        coalescer.add(offsets[i], lengths[i]);
                    }
                    if (coalescer.finish() == 1) {
                        coalescer.separate(0);
                    }
                },
                500);
        assertEquals(1, coalescer.items());
    }

    private static TestPacket tcp(int sequence, int payloadLength) {
        TestPacket packet = new TestPacket().payload(payloadLength, sequence);
        packet.sequence = sequence;
        return packet;
    }

    private static TestPacket push(TestPacket packet) {
        packet.flags |= 8;
        return packet;
    }

    private void assertItems(int items, TestPacket... packets) {
        NaiveCoalescer twin = new NaiveCoalescer();
        for (TestPacket packet : packets) {
            twin.add(packet.build());
        }
        assertEquals(items, twin.items.size());
        coalesce(Arrays.stream(packets).map(TestPacket::build).toList());
        assertEquals(items, coalescer.items());
    }

    /** Runs one batch; returns what each writev would write. */
    private List<byte[]> coalesce(List<byte[]> packets) {
        coalescer.begin(slab);
        end = 0;
        packets.forEach(packet -> assertTrue(store(packet)));
        List<byte[]> writes = new ArrayList<>();
        for (int item = 0, items = coalescer.finish(); item < items; item++) {
            ByteBuffer write = ByteBuffer.allocate(coalescer.lengthBytes(item));
            for (int i = 0; i < coalescer.iovCount(item); i++) {
                write.put(iovec(item, i));
            }
            assertEquals(0, write.remaining());
            writes.add(write.array());
        }
        return writes;
    }

    private boolean store(byte[] packet) {
        int offset = end + ROOM;
        slab.setMemory(end, ROOM, (byte) 0xee);
        slab.putBytes(offset, packet);
        int length = InnerPacket.trimmedLength(slab, offset, packet.length);
        end = offset + packet.length;
        return length > 0 && coalescer.add(offset, length);
    }

    private byte[] iovec(int item, int i) {
        UnsafeBuffer entry = new UnsafeBuffer(coalescer.iovAddress(item) + 16L * i, 16);
        byte[] bytes = new byte[(int) entry.getLong(8)];
        slab.getBytes((int) (entry.getLong(0) - slab.addressOffset()), bytes);
        return bytes;
    }

    private void assertSeparates(int item, List<byte[]> packets) {
        assertEquals(packets.size(), coalescer.separate(item));
        for (int i = 0; i < packets.size(); i++) {
            assertArrayEquals(TestPacket.read(0, 0, 0, 0, 0, 0, packets.get(i)), iovec(item, i));
        }
    }

    /** Trains of three flows, interleaved, with losses, swaps and odd packets. */
    private static List<byte[]> randomBatch(Random random) {
        List<List<byte[]>> trains = new ArrayList<>();
        for (int flow = 0; flow < 3; flow++) {
            TestPacket whole = randomPacket(random);
            whole.flow = flow;
            int gso = 1 + random.nextInt(500);
            whole.payload(1 + random.nextInt(8 * gso), flow);
            boolean splits = whole.protocol != 1 && (whole.fragment & 0x3fff) == 0;
            trains.add(new ArrayList<>(
                    splits ? NaiveSplitter.split(whole.superRead(gso)) : List.of(whole.build(), whole.build())));
        }
        List<byte[]> batch = new ArrayList<>();
        while (trains.stream().anyMatch(train -> !train.isEmpty())) {
            List<byte[]> train = trains.get(random.nextInt(3));
            if (train.isEmpty()) {
                continue;
            }
            int chance = random.nextInt(20);
            byte[] packet = train.remove(chance == 0 ? train.size() - 1 : 0);
            if (chance == 1) {
                TestPacket odd = randomPacket(random);
                odd.flow = random.nextInt(3);
                packet = odd.build();
            }
            if (chance == 2) {
                packet[random.nextInt(packet.length)] ^= 1;
            }
            if (chance != 3 && InnerPacketCheck.passes(packet)) {
                batch.add(packet);
            }
        }
        return batch;
    }

    private static TestPacket randomPacket(Random random) {
        TestPacket packet = new TestPacket().v6(random.nextBoolean());
        packet.protocol = random.nextInt(20) == 0 ? 1 : (random.nextInt(3) == 0 ? 17 : 6);
        packet.flags = random.nextInt(4) == 0 ? 0x10 | random.nextInt(0x200) : random.nextInt(2) * 8 + 0x10;
        packet.fragment = random.nextInt(15) == 0 ? random.nextInt(0x10000) : 0x4000;
        packet.ipOptions = random.nextInt(15) == 0 ? 8 : 0;
        packet.tcpOptions = random.nextInt(2) * 12;
        packet.trafficClass = random.nextInt(4) == 0 ? 1 : 0;
        packet.sequence = random.nextInt(4) == 0 ? -200 : random.nextInt();
        return packet.payload(random.nextInt(300), random.nextInt());
    }

    /** A packet that the receive path would hand on, with nothing behind its length. */
    private static final class InnerPacketCheck {
        static boolean passes(byte[] packet) {
            UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(packet.length));
            buffer.putBytes(0, packet);
            return InnerPacket.trimmedLength(buffer, 0, packet.length) == packet.length;
        }
    }
}
