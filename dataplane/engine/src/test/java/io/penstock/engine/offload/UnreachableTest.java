package io.penstock.engine.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnreachableTest {
    private static final int AT = 3001; // odd, as a place may be

    private static TestPacket packet(boolean v6) {
        return new TestPacket().udp().v6(v6).payload(100, 3);
    }

    /** The test's addresses are no hosts; these are. */
    private static byte[] withHosts(byte[] packet) {
        if (TestPacket.u8(packet, 0) >> 4 == 6) {
            packet[8] = 0x20;
            packet[24] = 0x20;
        } else {
            packet[12] = 10;
            packet[16] = 10;
        }
        return packet;
    }

    private static byte[] answer(byte[] packet) {
        UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(AT + Unreachable.MAX_LENGTH));
        buffer.putBytes(0, packet);
        byte[] answer = new byte[Unreachable.answer(buffer, 0, packet.length, AT)];
        buffer.getBytes(AT, answer);
        byte[] after = new byte[packet.length];
        buffer.getBytes(0, after);
        assertArrayEquals(packet, after, "the packet itself stays");
        return answer;
    }

    @ParameterizedTest
    @CsvSource({"0,36", "100,136", "520,556", "521,556", "2000,556"
    }) // bytes of the payload, of the packet quoted plus 8
    void quotesAnIpv4PacketFromTheAddressItDidNotReach(int payload, int icmpLength) {
        byte[] packet = withHosts(packet(false).payload(payload, 3).build());
        byte[] answer = answer(packet);
        assertEquals(20 + icmpLength, answer.length);
        assertEquals(answer.length, TestPacket.u16(answer, 2));
        assertEquals(0, TestPacket.checksum(answer, 0, 20, 0));
        assertEquals(0, TestPacket.checksum(answer, 20, answer.length, 0));
        assertEquals(1, answer[9]);
        assertEquals(0x0301, TestPacket.u16(answer, 20));
        assertArrayEquals(Arrays.copyOfRange(packet, 16, 20), Arrays.copyOfRange(answer, 12, 16), "source");
        assertArrayEquals(Arrays.copyOfRange(packet, 12, 16), Arrays.copyOfRange(answer, 16, 20), "destination");
        assertArrayEquals(
                Arrays.copyOf(packet, icmpLength - 8), Arrays.copyOfRange(answer, 28, answer.length), "quotation");
    }

    @ParameterizedTest
    @CsvSource({"0,56", "100,156", "1184,1240", "1185,1240", "2000,1240"})
    void quotesAnIpv6PacketFromTheAddressItDidNotReach(int payload, int icmpLength) {
        byte[] packet = withHosts(packet(true).payload(payload, 3).build());
        byte[] answer = answer(packet);
        assertEquals(40 + icmpLength, answer.length);
        assertEquals(icmpLength, TestPacket.u16(answer, 4));
        assertEquals(0, TestPacket.transportChecksum(answer, 40, 58));
        assertEquals(58, answer[6]);
        assertEquals(0x0103, TestPacket.u16(answer, 40));
        assertArrayEquals(Arrays.copyOfRange(packet, 24, 40), Arrays.copyOfRange(answer, 8, 24), "source");
        assertArrayEquals(Arrays.copyOfRange(packet, 8, 24), Arrays.copyOfRange(answer, 24, 40), "destination");
        assertArrayEquals(
                Arrays.copyOf(packet, icmpLength - 8), Arrays.copyOfRange(answer, 48, answer.length), "quotation");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void answersQueriesButNoErrors(boolean v6) {
        TestPacket icmp = packet(v6);
        icmp.protocol = v6 ? 58 : 1;
        int[] queries = v6 ? new int[] {128, 129, 139} : new int[] {0, 8, 13, 17};
        int[] errors = v6 ? new int[] {1, 2, 3, 4, 127} : new int[] {3, 4, 5, 11, 12};
        for (int type : queries) {
            icmp.payload[0] = (byte) type;
            assertTrue(answer(withHosts(icmp.build())).length > 0, "type " + type);
        }
        for (int type : errors) {
            icmp.payload[0] = (byte) type;
            assertEquals(0, answer(withHosts(icmp.build())).length, "type " + type);
        }
    }

    @Test
    void answersNothingThatIsNotFromAHostToAHost() {
        for (int at : new int[] {12, 16}) {
            for (int network : new int[] {0, 127, 224, 239, 255}) {
                byte[] packet = withHosts(packet(false).build());
                packet[at] = (byte) network;
                assertEquals(0, answer(packet).length, network + " at " + at);
            }
        }
        for (int at : new int[] {8, 24}) {
            byte[] multicast = withHosts(packet(true).build());
            multicast[at] = (byte) 0xff;
            assertEquals(0, answer(multicast).length);
            byte[] unspecified = withHosts(packet(true).build());
            Arrays.fill(unspecified, at, at + 16, (byte) 0);
            assertEquals(0, answer(unspecified).length);
        }
    }

    @Test
    void answersNoLaterFragmentsAndNothingBehindOtherHeaders() {
        TestPacket later = packet(false);
        later.fragment = 0x2001;
        assertEquals(0, answer(withHosts(later.build())).length);
        later.fragment = 0x2000;
        assertEquals(156, answer(withHosts(later.build())).length, "the first");
        TestPacket options = packet(true);
        options.ipOptions = 8;
        assertEquals(0, answer(withHosts(options.build())).length);
    }

    @Test
    void readsNoFurtherThanThePacket() {
        Random random = new Random(6);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[20 + random.nextInt(80)];
            random.nextBytes(bytes);
            boolean v6 = bytes.length >= 40 && random.nextBoolean();
            bytes[0] = (byte) (v6 ? 0x60 : 0x40 | random.nextInt(16));
            int length = answer(bytes).length; // Agrona checks each access
            assertTrue(length <= bytes.length + 48);
        }
    }
}
