package io.penstock.bench;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.engine.offload.Checksum;
import io.penstock.engine.offload.Splitter;
import io.penstock.ffm.tun.VirtioNetHeader;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** What one read of a TUN device brings: a virtio header and a packet that is still to be cut into segments. */
final class Superpacket {
    static final int SEGMENTS = 44;

    private static final int MTU = 1420;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int TCP_LENGTH = 32; // with timestamps
    private static final int UDP_LENGTH = 8;

    final UnsafeBuffer buffer;
    final int length;
    private final boolean isV6;
    private final boolean isTcp;
    private final int networkLength;
    private final int headerLength;
    private final int segmentPayload;

    /**
     * A superpacket of one flow, in memory of its own.
     *
     * @param kind {@code tcp4}, {@code tcp6}, {@code udp4} or {@code udp6}
     */
    Superpacket(String kind, int flow) {
        isTcp = kind.startsWith("tcp");
        isV6 = kind.endsWith("6");
        networkLength = isV6 ? 40 : 20;
        headerLength = networkLength + (isTcp ? TCP_LENGTH : UDP_LENGTH);
        segmentPayload = MTU - headerLength;
        int packetLength = headerLength + SEGMENTS * segmentPayload;
        length = Splitter.VIRTIO_HEADER_LENGTH + packetLength;
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, 64));
        byte[] noise = new byte[length];
        new Random(flow).nextBytes(noise);
        buffer.putBytes(0, noise);
        putVirtioHeader();
        putNetworkHeader(packetLength, flow);
        putTransportHeader(Splitter.VIRTIO_HEADER_LENGTH + networkLength, packetLength - networkLength);
    }

    private void putVirtioHeader() {
        int type = VirtioNetHeader.VIRTIO_NET_HDR_GSO_UDP_L4;
        if (isTcp) {
            type = isV6 ? VirtioNetHeader.VIRTIO_NET_HDR_GSO_TCPV6 : VirtioNetHeader.VIRTIO_NET_HDR_GSO_TCPV4;
        }
        buffer.putByte(VirtioNetHeader.FLAGS_OFFSET, (byte) VirtioNetHeader.VIRTIO_NET_HDR_F_NEEDS_CSUM);
        buffer.putByte(VirtioNetHeader.GSO_TYPE_OFFSET, (byte) type);
        buffer.putShort(VirtioNetHeader.HDR_LEN_OFFSET, (short) headerLength);
        buffer.putShort(VirtioNetHeader.GSO_SIZE_OFFSET, (short) segmentPayload);
        buffer.putShort(VirtioNetHeader.CSUM_START_OFFSET, (short) networkLength);
        buffer.putShort(VirtioNetHeader.CSUM_OFFSET_OFFSET, (short) (isTcp ? 16 : 6));
    }

    private void putNetworkHeader(int packetLength, int flow) {
        int at = Splitter.VIRTIO_HEADER_LENGTH;
        if (isV6) {
            buffer.putInt(at, 0x6000_0000, BIG_ENDIAN);
            buffer.putShort(at + 4, (short) (packetLength - networkLength), BIG_ENDIAN);
            buffer.putByte(at + 6, (byte) (isTcp ? TCP : UDP));
            buffer.putByte(at + 7, (byte) 64);
            buffer.putLong(at + 8, 0xfd00_0000_0000_0001L, BIG_ENDIAN);
            buffer.putLong(at + 16, flow, BIG_ENDIAN);
            buffer.putLong(at + 24, 0xfd00_0000_0000_0002L, BIG_ENDIAN);
            buffer.putLong(at + 32, 1, BIG_ENDIAN);
            return;
        }
        buffer.putShort(at, (short) 0x4500, BIG_ENDIAN);
        buffer.putShort(at + 2, (short) packetLength, BIG_ENDIAN);
        buffer.putInt(at + 4, 0x0001_4000, BIG_ENDIAN); // identification, do not fragment
        buffer.putByte(at + 8, (byte) 64);
        buffer.putByte(at + 9, (byte) (isTcp ? TCP : UDP));
        buffer.putShort(at + 10, (short) 0);
        buffer.putInt(at + 12, 0x0a01_0000 + flow, BIG_ENDIAN);
        buffer.putInt(at + 16, 0x0a02_0001, BIG_ENDIAN);
        buffer.putShort(at + 10, (short) Checksum.finish(Checksum.sum(buffer, at, networkLength)), BIG_ENDIAN);
    }

    private void putTransportHeader(int at, int transportLength) {
        buffer.putShort(at, (short) 40_000, BIG_ENDIAN);
        buffer.putShort(at + 2, (short) 443, BIG_ENDIAN);
        if (isTcp) {
            buffer.putInt(at + 4, 1000, BIG_ENDIAN);
            buffer.putInt(at + 8, 77, BIG_ENDIAN);
            buffer.putShort(at + 12, (short) (((TCP_LENGTH / 4) << 12) | 0x10), BIG_ENDIAN); // ACK
            buffer.putShort(at + 14, (short) 512, BIG_ENDIAN);
            buffer.putInt(at + 20, 0x0101_080a, BIG_ENDIAN); // two fillers, then timestamps
        } else {
            buffer.putShort(at + 4, (short) transportLength, BIG_ENDIAN);
        }
    }

    int segmentPayload() {
        return segmentPayload;
    }

    /** Bytes of each segment as an IP packet. */
    int segmentLength() {
        return headerLength + segmentPayload;
    }

    /** Cuts it into packets that lie {@code strideBytes} apart from {@code offset} on. */
    void splitInto(UnsafeBuffer destination, int offset, int strideBytes) {
        Splitter splitter = new Splitter();
        int segments = splitter.begin(buffer, 0, length);
        if (segments != SEGMENTS) {
            throw new IllegalStateException("the splitter answers " + segments);
        }
        for (int i = 0; i < segments; i++) {
            splitter.write(i, destination, offset + i * strideBytes);
        }
    }
}
