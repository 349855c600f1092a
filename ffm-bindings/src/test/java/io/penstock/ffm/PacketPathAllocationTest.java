package io.penstock.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.crypto.ImbJob;
import io.penstock.ffm.crypto.IpsecMb;
import io.penstock.ffm.crypto.LibCrypto;
import io.penstock.ffm.crypto.Library;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.CMsg;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MMsgHdr;
import io.penstock.ffm.udp.MsgHdr;
import io.penstock.ffm.udp.PktInfo;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import io.penstock.ffm.udp.UdpSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What runs per packet or per superpacket leaves the heap alone. */
class PacketPathAllocationTest {
    private static final int LOOPBACK = 0x7f000001;

    private final LibC libc = new LibC();
    private final long memory = Memory.slab(4 * Memory.PAGE_LENGTH);
    private final long data = memory + Memory.PAGE_LENGTH;
    private long sum;

    @Test
    void socketCallsAndLayoutsDoNotAllocate() throws Exception {
        try (UdpSocket socket = UdpSocket.open(Sockets.AF_INET)) {
            assertEquals(0, socket.setPacketInfo(true));
            socket.bind4(LOOPBACK, 0);
            int fd = socket.fd();
            int port = socket.port();
            AllocationMeter.assertNoBytes(() -> turnAround(fd, port));
        }
    }

    @Test
    void eventCallsDoNotAllocate() {
        int event = libc.eventfd(0, FileFlags.EFD_NONBLOCK);
        Memory.putLong(memory, 1);
        IoVec.set(memory + 64, memory, 8);
        AllocationMeter.assertNoBytes(() -> {
            sum += libc.write(event, memory, 8);
            sum += libc.read(event, data, 8);
            sum += libc.readv(event, memory + 64, 1);
            sum += libc.writev(event, memory + 64, 1);
            sum += libc.read(event, data, 8);
            Memory.copy(memory, data, 64);
            Memory.fill(data, 64, (byte) 1);
        });
        libc.close(event);
    }

    @Test
    void ciphersDoNotAllocate() {
        IpsecMb ipsecMb = present(IpsecMb.find());
        long manager = ipsecMb.allocMbMgr();
        AllocationMeter.assertNoBytes(() -> {
            long job = ipsecMb.getNextJob(manager);
            ImbJob.setSeal(job, memory, memory + 32, data, data, 64, data + 64);
            sum += ImbJob.status(ipsecMb.submitJobNocheck(manager));
        });
        ipsecMb.freeMbMgr(manager);
        LibCrypto crypto = present(LibCrypto.find());
        long ctx = crypto.evpCipherCtxNew();
        AllocationMeter.assertNoBytes(() -> {
            sum += crypto.evpEncryptInitEx(ctx, crypto.chacha20Poly1305(), 0, memory, memory + 32);
            sum += crypto.evpEncryptUpdate(ctx, data, memory + 64, data, 64);
            sum += crypto.evpEncryptFinalEx(ctx, data + 64, memory + 64);
            sum += crypto.evpCipherCtxCtrl(ctx, LibCrypto.EVP_CTRL_AEAD_GET_TAG, 16, data + 64);
        });
        crypto.evpCipherCtxFree(ctx);
    }

    @Test
    void meterNoticesAnObject() {
        Runnable litter = () -> {
            byte[] garbage = new byte[(int) (sum & 15) + 1];
            sum += System.identityHashCode(garbage);
        };
        assertTrue(AllocationMeter.leastBytesPerRound(litter, TimeUnit.MILLISECONDS.toNanos(300)) > 0);
    }

    private void turnAround(int fd, int port) {
        long message = memory;
        long name = memory + 128;
        long ioVec = memory + 192;
        long control = memory + 256;
        long pollFd = memory + 512;
        SockAddr.set4(name, LOOPBACK, port);
        IoVec.set(ioVec, data, 100);
        PktInfo.set4(CMsg.put(control, Sockets.IPPROTO_IP, Sockets.IP_PKTINFO, PktInfo.SIZE4), 0, LOOPBACK);
        MsgHdr.set(message, name, SockAddr.SIZE4, ioVec, 1, control, CMsg.space(PktInfo.SIZE4));
        sum += libc.sendmmsg(fd, message, 1, 0);
        PollFd.set(pollFd, fd, PollFd.POLLIN);
        sum += libc.poll(pollFd, 1, 1000);
        MsgHdr.reset(message, SockAddr.SIZE6, 200);
        sum += libc.recvmmsg(fd, message, 1, Sockets.MSG_DONTWAIT);
        for (long cMsg = CMsg.first(message); cMsg != 0; cMsg = CMsg.next(message, cMsg)) {
            sum += PktInfo.localAddress4(CMsg.data(cMsg));
        }
        sum += MMsgHdr.length(message);
    }

    private static <T> T present(Library<T> library) {
        return switch (library) {
            case Library.Present<T>(T value) -> value;
            case Library.Absent<T>(String reason) -> throw new AssertionError(reason);
        };
    }
}
