package io.penstock.engine.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class InnerPacketTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(2000));

    @Test
    void trimsPaddingOfBothFamilies() {
        for (boolean v6 : new boolean[] {false, true}) {
            byte[] packet = new TestPacket().v6(v6).payload(33, 1).build();
            buffer.putBytes(7, packet);
            assertEquals(packet.length, InnerPacket.trimmedLength(buffer, 7, packet.length));
            assertEquals(packet.length, InnerPacket.trimmedLength(buffer, 7, packet.length + 15));
            assertEquals(PacketFault.BAD_LENGTH.code(), InnerPacket.trimmedLength(buffer, 7, packet.length - 1));
            assertEquals(v6, InnerPacket.isV6(buffer, 7));
        }
    }

    @Test
    void tellsTheProtocolOfBothFamilies() {
        for (boolean v6 : new boolean[] {false, true}) {
            TestPacket packet = new TestPacket().v6(v6);
            buffer.putBytes(3, packet.build());
            assertEquals(6, InnerPacket.protocol(buffer, 3));
            buffer.putByte(3 + (v6 ? 6 : 9), (byte) 253);
            assertEquals(253, InnerPacket.protocol(buffer, 3));
        }
    }

    @Test
    void refusesWhatIsNoPacket() {
        byte[] four = new TestPacket().build();
        buffer.putBytes(0, four);
        assertEquals(PacketFault.TOO_SHORT.code(), InnerPacket.trimmedLength(buffer, 0, 19));
        assertEquals(PacketFault.TOO_SHORT.code(), InnerPacket.trimmedLength(buffer, 0, 1));
        TestPacket.put16(four, 2, 19);
        buffer.putBytes(0, four);
        assertEquals(PacketFault.BAD_LENGTH.code(), InnerPacket.trimmedLength(buffer, 0, 40));
        buffer.putByte(0, (byte) 0x60);
        assertEquals(PacketFault.TOO_SHORT.code(), InnerPacket.trimmedLength(buffer, 0, 39));
        for (int version = 0; version < 16; version++) {
            buffer.putByte(0, (byte) (version << 4));
            if (version != 4 && version != 6) {
                assertEquals(PacketFault.NOT_IP.code(), InnerPacket.trimmedLength(buffer, 0, 1000));
            }
        }
    }

    @Test
    void marksCongestionOnlyWhereTheSenderIsCapable() {
        for (boolean v6 : new boolean[] {false, true}) {
            for (int trafficClass = 0; trafficClass < 256; trafficClass++) {
                TestPacket packet = new TestPacket().v6(v6).payload(10, 1);
                packet.trafficClass = trafficClass;
                buffer.putBytes(0, packet.build());
                assertEquals(trafficClass & 3, InnerPacket.ecn(buffer, 0));
                InnerPacket.applyCongestion(buffer, 0);
                packet.trafficClass = (trafficClass & 3) == 0 ? trafficClass : trafficClass | 3;
                byte[] marked = new byte[packet.build().length];
                buffer.getBytes(0, marked);
                assertArrayEquals(packet.build(), marked);
            }
        }
    }

    @Test
    void keepsCongestionInsideToItself() {
        assertEquals(0, InnerPacket.outerEcn(0));
        assertEquals(1, InnerPacket.outerEcn(1));
        assertEquals(2, InnerPacket.outerEcn(2));
        assertEquals(2, InnerPacket.outerEcn(3));
    }

    @Test
    void padsToSixteenButNotBeyondTheMtu() {
        assertEquals(0, InnerPacket.paddedLength(0, 1420));
        assertEquals(16, InnerPacket.paddedLength(1, 1420));
        assertEquals(64, InnerPacket.paddedLength(64, 1420));
        assertEquals(1420, InnerPacket.paddedLength(1417, 1420));
        assertEquals(1420, InnerPacket.paddedLength(1420, 1420));
        assertEquals(1436, InnerPacket.paddedLength(1421, 1420));
        assertEquals(2840, InnerPacket.paddedLength(2840, 1420));
        assertEquals(1424, InnerPacket.paddedLength(1417, 0));
    }

    @Test
    void readsSourceAndDestination() {
        byte[] four = new TestPacket().build();
        buffer.putBytes(0, four);
        assertFalse(InnerPacket.isV6(buffer, 0));
        assertEquals(TestPacket.u32(four, 12), InnerPacket.source4(buffer, 0));
        assertEquals(TestPacket.u32(four, 16), InnerPacket.destination4(buffer, 0));
        byte[] six = new TestPacket().v6(true).build();
        buffer.putBytes(0, six);
        assertTrue(InnerPacket.isV6(buffer, 0));
        ByteBuffer bytes = ByteBuffer.wrap(six);
        assertEquals(bytes.getLong(8), InnerPacket.sourceHigh(buffer, 0));
        assertEquals(bytes.getLong(16), InnerPacket.sourceLow(buffer, 0));
        assertEquals(bytes.getLong(24), InnerPacket.destinationHigh(buffer, 0));
        assertEquals(bytes.getLong(32), InnerPacket.destinationLow(buffer, 0));
    }
}
