package io.penstock.engine.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NestedTunnelTest {
    private static final int FIRST_BYTES = 800;

    private final NestedTunnel nested = new NestedTunnel();

    private static TestPacket message(boolean v6, int length) {
        TestPacket packet = new TestPacket().udp().v6(v6).payload(length, 1);
        packet.payload[0] = 4;
        Arrays.fill(packet.payload, 1, 4, (byte) 0);
        return packet;
    }

    private int hopLimit(byte[] packet) {
        return nested.outerHopLimit(new UnsafeBuffer(packet), 0, packet.length);
    }

    @ParameterizedTest
    @CsvSource({"64,56", "56,48", "255,56", "128,56", "63,55", "9,1", "8,-1", "1,-1", "0,-1"})
    void takesAStepOffTheHopLimitOfATransportMessage(int inner, int outer) {
        for (boolean v6 : new boolean[] {false, true}) {
            TestPacket packet = message(v6, 200);
            packet.ttl = inner;
            assertEquals(outer, hopLimit(packet.build()));
        }
    }

    @Test
    void countsIpv4Options() {
        TestPacket packet = message(false, 200);
        packet.ipOptions = 8;
        assertEquals(56, hopLimit(packet.build()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavesEverythingElseToTheHost(boolean v6) {
        TestPacket handshake = message(v6, 148);
        handshake.payload[0] = 1;
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(handshake.build()));
        TestPacket reserved = message(v6, 148);
        reserved.payload[3] = 1;
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(reserved.build()));
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(message(v6, 31).build()));
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(message(v6, 4).build()));
        TestPacket tcp = message(v6, 200);
        tcp.protocol = 6;
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(tcp.build()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void knowsLaterFragmentsByTheFirst(boolean v6) {
        byte[] first = fragment(v6, 7, 0, true);
        byte[] last = fragment(v6, 7, FIRST_BYTES, false);
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(last), "before the first");
        assertEquals(56, hopLimit(first));
        assertEquals(56, hopLimit(last));
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(fragment(v6, 8, FIRST_BYTES, false)));
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(fragment(!v6, 7, FIRST_BYTES, false)));
    }

    @Test
    void forgetsTheOldestFragments() {
        for (int id = 1; id <= 17; id++) {
            assertEquals(56, hopLimit(fragment(false, id, 0, true)));
        }
        assertEquals(NestedTunnel.HOST_DEFAULT, hopLimit(fragment(false, 1, FIRST_BYTES, false)));
        for (int id = 2; id <= 17; id++) {
            assertEquals(56, hopLimit(fragment(false, id, FIRST_BYTES, false)));
        }
    }

    /** A transport message of 1300 bytes cut in two by hand. */
    private static byte[] fragment(boolean v6, int id, int at, boolean more) {
        TestPacket whole = message(v6, 1300);
        whole.id = id;
        byte[] packet = whole.build();
        int header = whole.networkLength();
        byte[] part = Arrays.copyOfRange(packet, header + at, more ? header + at + FIRST_BYTES : packet.length);
        int extra = v6 ? 8 : 0;
        byte[] result = Arrays.copyOf(packet, header + extra + part.length);
        System.arraycopy(part, 0, result, header + extra, part.length);
        if (v6) {
            Arrays.fill(result, header, header + 8, (byte) 0);
            result[6] = 44;
            result[header] = 17;
            TestPacket.put16(result, header + 2, at | (more ? 1 : 0)); // in units of eight bytes, three bits up
            TestPacket.put32(result, header + 4, id);
            TestPacket.put16(result, 4, result.length - 40);
        } else {
            TestPacket.put16(result, 2, result.length);
            TestPacket.put16(result, 6, at / 8 | (more ? 0x2000 : 0));
        }
        return result;
    }

    @Test
    void readsNoFurtherThanThePacket() {
        Random random = new Random(5);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = new byte[20 + random.nextInt(80)];
            random.nextBytes(bytes);
            boolean v6 = bytes.length >= 40 && random.nextBoolean();
            bytes[0] = (byte) (v6 ? 0x60 : 0x40 | random.nextInt(16));
            bytes[v6 ? 6 : 9] = (byte) (v6 && random.nextBoolean() ? 44 : 17);
            int limit = hopLimit(bytes); // Agrona checks each access
            assertTrue(limit >= NestedTunnel.LOOP && limit <= 56, "limit " + limit);
        }
    }
}
