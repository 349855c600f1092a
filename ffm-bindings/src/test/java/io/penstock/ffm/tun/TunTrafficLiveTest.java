package io.penstock.ffm.tun;

import static io.penstock.ffm.tun.VirtioNetHeader.VIRTIO_NET_HDR_F_NEEDS_CSUM;
import static io.penstock.ffm.tun.VirtioNetHeader.VIRTIO_NET_HDR_GSO_UDP_L4;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.CMsg;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MsgHdr;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import io.penstock.ffm.udp.UdpSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A superpacket from a socket out of a TUN, and one into it again. Needs root and Linux 6.2.
 *
 * <pre>
 *   namespace of the test: UDP socket 10.9.0.1 -- TUN -- this test, playing 10.9.0.2
 * </pre>
 */
@Tag("live")
class TunTrafficLiveTest {
    private static final String NAME = "pstun" + ProcessHandle.current().pid();
    private static final int OURS = 0x0a090001;
    private static final int THEIRS = 0x0a090002;
    private static final int SEGMENT = 1000;
    private static final int PAYLOAD = 5300;
    private static final int HEADERS = 28; // IPv4 and UDP
    private static final int PORT = 7777;

    private final LibC libc = new LibC();
    private final long packet = Memory.slab(65_536 + VirtioNetHeader.SIZE);
    private final long ip = packet + VirtioNetHeader.SIZE;
    private final long structs = Memory.slab(Memory.PAGE_LENGTH);
    private NetworkNamespace namespace;
    private Tun tun;
    private UdpSocket socket;

    @BeforeEach
    void setUp() throws Exception {
        namespace = NetworkNamespace.create(NAME);
        namespace.setSysctl("net.ipv6.conf.default.disable_ipv6", "1"); // no packets of the kernel's own
        tun = namespace.call(() -> Tun.open("t0", Tun.IFF_VNET_HDR));
        assertEquals(0, tun.setOffloads(0x67));
        socket = namespace.call(() -> UdpSocket.open(Sockets.AF_INET));
    }

    @AfterEach
    void tearDown() throws Exception {
        socket.close();
        tun.close();
        namespace.close();
        NetworkNamespace.delete(NAME);
    }

    @Test
    void writesNothingWhileTheLinkIsDown() {
        Memory.putByte(ip, (byte) 0x45);
        assertEquals(-Errno.EIO, libc.write(tun.fd(), packet, VirtioNetHeader.SIZE + HEADERS));
    }

    @Test
    void carriesDatagramsInOneReadAndOneWrite() throws Exception {
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            int index = links.index("t0");
            links.setUp(index);
            new Addresses(netlink).add(index, IpNetwork.parse("10.9.0.1/24"));
        }
        assertEquals(0, socket.setGro(true));
        socket.bind4(OURS, PORT);

        send();
        assertEquals(VirtioNetHeader.SIZE + HEADERS + PAYLOAD, libc.read(tun.fd(), packet, 65_546));
        assertEquals(VIRTIO_NET_HDR_F_NEEDS_CSUM, VirtioNetHeader.flags(packet));
        assertEquals(VIRTIO_NET_HDR_GSO_UDP_L4, VirtioNetHeader.gsoType(packet));
        assertEquals(SEGMENT, VirtioNetHeader.gsoSize(packet));
        assertEquals(20, VirtioNetHeader.csumStart(packet));
        assertEquals(6, VirtioNetHeader.csumOffset(packet));
        assertEquals(HEADERS, VirtioNetHeader.hdrLen(packet));
        assertEquals(THEIRS, Memory.getIntBigEndian(ip + 16));

        // The other way: with addresses swapped both checksums (of the header, of the pseudo header) stay right.
        Memory.putIntBigEndian(ip + 12, THEIRS);
        Memory.putIntBigEndian(ip + 16, OURS);
        VirtioNetHeader.set(packet, VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_UDP_L4, HEADERS, SEGMENT, 20, 6);
        int length = VirtioNetHeader.SIZE + HEADERS + PAYLOAD;
        assertEquals(length, libc.write(tun.fd(), packet, length));
        PollFd.set(structs, socket.fd(), PollFd.POLLIN);
        assertEquals(1, libc.poll(structs, 1, 5000));
        assertEquals(PAYLOAD, libc.recv(socket.fd(), packet, 65_535, 0));
    }

    private void send() {
        long name = structs;
        long ioVec = structs + 64;
        long control = structs + 128;
        long message = structs + 192;
        SockAddr.set4(name, THEIRS, PORT);
        IoVec.set(ioVec, packet, PAYLOAD);
        Memory.putShort(CMsg.put(control, Sockets.SOL_UDP, Sockets.UDP_SEGMENT, 2), (short) SEGMENT);
        MsgHdr.set(message, name, SockAddr.SIZE4, ioVec, 1, control, CMsg.space(2));
        assertTrue(libc.sendmsg(socket.fd(), message, 0) == PAYLOAD);
    }
}
