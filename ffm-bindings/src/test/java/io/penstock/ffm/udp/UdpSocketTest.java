package io.penstock.ffm.udp;

import static io.penstock.ffm.udp.Sockets.AF_INET;
import static io.penstock.ffm.udp.Sockets.AF_INET6;
import static io.penstock.ffm.udp.Sockets.IPPROTO_IP;
import static io.penstock.ffm.udp.Sockets.IPPROTO_IPV6;
import static io.penstock.ffm.udp.Sockets.SOL_UDP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import org.junit.jupiter.api.Test;

class UdpSocketTest {
    private static final int LOOPBACK = 0x7f000001;
    private static final int SEGMENT = 1000;
    private static final int TOTAL = 3500;

    private final LibC libc = new LibC();
    private final long memory = Memory.slab(5 * 65536);
    private final long outgoing = memory;
    private final long incoming = memory + 65536;
    private final long message = memory + 2 * 65536;
    private final long name = message + 128;
    private final long ioVec = message + 256;
    private final long control = message + 512;

    @Test
    void sendsSegmentsAndReceivesThemMergedWithLocalAddress() throws Exception {
        try (UdpSocket receiver = UdpSocket.open(AF_INET);
                UdpSocket sender = UdpSocket.open(AF_INET)) {
            assertTrue(receiver.hasGro());
            assertTrue(sender.hasSegmentation());
            assertEquals(0, receiver.setGro(true));
            assertEquals(0, receiver.setPacketInfo(true));
            assertEquals(0, receiver.setReceiveTrafficClass(true));
            assertEquals(0, sender.setOption(IPPROTO_IP, Sockets.IP_TOS, 1));
            receiver.bind4(LOOPBACK, 0);
            for (int i = 0; i < TOTAL; i++) {
                Memory.putByte(outgoing + i, (byte) i);
            }

            SockAddr.set4(name, LOOPBACK, receiver.port());
            assertEquals(1, send(sender, SockAddr.SIZE4));
            assertEquals(TOTAL, receive(receiver));

            assertEquals(SEGMENT, Memory.getInt(control(SOL_UDP, Sockets.UDP_GRO)));
            long pktInfo = control(IPPROTO_IP, Sockets.IP_PKTINFO);
            assertEquals(LOOPBACK, PktInfo.localAddress4(pktInfo));
            assertEquals(1, PktInfo.ifIndex4(pktInfo));
            assertEquals(1, Memory.getByte(control(IPPROTO_IP, Sockets.IP_TOS)));
            assertEquals(SockAddr.port(name), sender.port());
            assertEquals((byte) (TOTAL - 1), Memory.getByte(incoming + TOTAL - 1));
        }
    }

    @Test
    void sendsSegmentsOverIpv6() throws Exception {
        try (UdpSocket receiver = UdpSocket.open(AF_INET6);
                UdpSocket sender = UdpSocket.open(AF_INET6)) {
            assertEquals(0, receiver.setGro(true));
            assertEquals(0, receiver.setPacketInfo(true));
            assertEquals(0, receiver.setReceiveTrafficClass(true));
            receiver.bind6(0, 1, 0, 0);

            SockAddr.set6(name, 0, 1, receiver.port(), 0);
            assertEquals(1, send(sender, SockAddr.SIZE6));
            assertEquals(TOTAL, receive(receiver));

            long pktInfo = control(IPPROTO_IPV6, Sockets.IPV6_PKTINFO);
            assertEquals(1, PktInfo.low6(pktInfo));
            assertEquals(0, PktInfo.high6(pktInfo));
            assertEquals(0, Memory.getInt(control(IPPROTO_IPV6, Sockets.IPV6_TCLASS)));
            assertEquals(1, SockAddr.low6(name));
        }
    }

    @Test
    void bothFamiliesShareOnePort() throws Exception {
        try (UdpSocket v4 = UdpSocket.open(AF_INET);
                UdpSocket v6 = UdpSocket.open(AF_INET6);
                UdpSocket third = UdpSocket.open(AF_INET)) {
            v4.bind(0);
            v6.bind(v4.port());
            assertEquals(v4.port(), v6.port());
            ErrnoException e = assertThrows(ErrnoException.class, () -> third.bind(v4.port()));
            assertEquals(Errno.EADDRINUSE, e.errno());
        }
    }

    @Test
    void grantsLargeBuffers() throws Exception {
        try (UdpSocket socket = UdpSocket.open(AF_INET)) {
            assertTrue(socket.setReceiveBuffer(100_000) >= 200_000);
            assertTrue(socket.setSendBuffer(100_000) >= 200_000);
            assertEquals(0, socket.setMtuDiscovery(Sockets.IP_PMTUDISC_DO));
            assertEquals(0, socket.setReusePort(true));
        }
    }

    private int send(UdpSocket sender, int nameLength) {
        IoVec.set(ioVec, outgoing, TOTAL);
        Memory.putShort(CMsg.put(control, SOL_UDP, Sockets.UDP_SEGMENT, 2), (short) SEGMENT);
        MsgHdr.set(message, name, nameLength, ioVec, 1, control, CMsg.space(2));
        return libc.sendmmsg(sender.fd(), message, 1, 0);
    }

    private int receive(UdpSocket receiver) {
        PollFd.set(control, receiver.fd(), PollFd.POLLIN);
        assertEquals(1, libc.poll(control, 1, 5000));
        IoVec.set(ioVec, incoming, 65535);
        MsgHdr.set(message, name, SockAddr.SIZE6, ioVec, 1, control, 256);
        assertEquals(1, libc.recvmmsg(receiver.fd(), message, 1, 0));
        return MMsgHdr.length(message);
    }

    private long control(int level, int type) {
        for (long cMsg = CMsg.first(message); cMsg != 0; cMsg = CMsg.next(message, cMsg)) {
            if (CMsg.level(cMsg) == level && CMsg.type(cMsg) == type) {
                return CMsg.data(cMsg);
            }
        }
        throw new AssertionError("no control message " + level + " " + type);
    }
}
