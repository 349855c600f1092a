package io.penstock.engine.io;

import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.tun.VirtioNetHeader;
import io.penstock.ffm.udp.CMsg;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MMsgHdr;
import io.penstock.ffm.udp.Sockets;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The system calls of a lane, of which those that use an offload are counted, and fail where a test says so, as a kernel
 * would have them fail: nothing of that message or packet is sent. For one thread; the counts are for any.
 */
public final class FaultyCalls extends LibC {
    /** A call, or a message of one, that uses an offload. */
    public enum Offload {
        /** A TCP superpacket read from the TUN device: TSO. */
        TCP_READ,
        /** A UDP superpacket read from the TUN device: USO. */
        UDP_READ,
        /** A packet read from the TUN device without its checksum. */
        CHECKSUM_READ,
        /** A TCP superpacket written to the TUN device. */
        TCP_WRITE,
        /** A UDP superpacket written to the TUN device. */
        UDP_WRITE,
        /** A message sent with {@code UDP_SEGMENT}: GSO. */
        SEGMENTED_SEND,
        /** A message received with {@code UDP_GRO}. */
        MERGED_RECEIVE
    }

    /** Asked at each message that has {@code UDP_SEGMENT}. */
    public volatile Faults segmentedSends = Faults.NONE;

    /** Asked at each call of {@code sendmmsg}: how many messages it takes at most, 0 for no such bound. */
    public volatile Faults shortSends = Faults.NONE;

    /** Asked at each write of a TCP superpacket to the TUN device. */
    public volatile Faults tcpWrites = Faults.NONE;

    /** Asked at each write of a UDP superpacket to the TUN device. */
    public volatile Faults udpWrites = Faults.NONE;

    private final AtomicLongArray used = new AtomicLongArray(Offload.values().length);
    private final AtomicLongArray refused = new AtomicLongArray(Offload.values().length);
    private long pendingMessage;
    private int pendingErrno;

    /** How often that offload was used and worked. */
    public long used(Offload offload) {
        return used.get(offload.ordinal());
    }

    /** How often its use was made to fail. */
    public long refused(Offload offload) {
        return refused.get(offload.ordinal());
    }

    private void count(Offload offload) {
        used.incrementAndGet(offload.ordinal());
    }

    private int refuse(Offload offload, int errno) {
        refused.incrementAndGet(offload.ordinal());
        return -errno;
    }

    /** As the kernel: an error of the first message is the result; one of a later message is that of the next call. */
    @Override
    public int sendmmsg(int fd, long mmsgHdrs, int count, int flags) {
        int bound = shortSends.next();
        int sendable = bound == 0 ? count : Math.min(bound, count);
        for (int i = 0; i < sendable; i++) {
            long message = mmsgHdrs + (long) i * MMsgHdr.SIZE;
            int errno = isSegmented(message) ? faultOf(message) : 0;
            if (errno != 0 && i == 0) {
                pendingMessage = 0;
                return refuse(Offload.SEGMENTED_SEND, errno);
            }
            if (errno != 0) {
                pendingMessage = message;
                pendingErrno = errno;
                sendable = i;
            }
        }
        int sent = super.sendmmsg(fd, mmsgHdrs, sendable, flags);
        for (int i = 0; i < sent; i++) {
            if (isSegmented(mmsgHdrs + (long) i * MMsgHdr.SIZE)) {
                count(Offload.SEGMENTED_SEND);
            }
        }
        return sent;
    }

    private int faultOf(long message) {
        return message == pendingMessage ? pendingErrno : segmentedSends.next();
    }

    /** The way by which a refused message is tried again, whole or in parts. */
    @Override
    public int sendmsg(int fd, long msgHdr, int flags) {
        int errno = isSegmented(msgHdr) ? segmentedSends.next() : 0;
        return errno == 0 ? super.sendmsg(fd, msgHdr, flags) : refuse(Offload.SEGMENTED_SEND, errno);
    }

    @Override
    public int recvmmsg(int fd, long mmsgHdrs, int count, int flags) {
        int received = super.recvmmsg(fd, mmsgHdrs, count, flags);
        for (int i = 0; i < received; i++) {
            long message = mmsgHdrs + (long) i * MMsgHdr.SIZE;
            long size = control(message, Sockets.UDP_GRO);
            if (size != 0 && Memory.getInt(size) < MMsgHdr.length(message)) {
                count(Offload.MERGED_RECEIVE);
            }
        }
        return received;
    }

    private static boolean isSegmented(long message) {
        return control(message, Sockets.UDP_SEGMENT) != 0;
    }

    /** Address of the data of a control message of UDP, or 0. */
    private static long control(long message, int type) {
        for (long cMsg = CMsg.first(message); cMsg != 0; cMsg = CMsg.next(message, cMsg)) {
            if (CMsg.level(cMsg) == Sockets.SOL_UDP && CMsg.type(cMsg) == type) {
                return CMsg.data(cMsg);
            }
        }
        return 0;
    }

    /** A lane reads nothing but its TUN device. */
    @Override
    public int read(int fd, long address, long lengthBytes) {
        int length = super.read(fd, address, lengthBytes);
        if (length >= VirtioNetHeader.SIZE) {
            int gsoType = VirtioNetHeader.gsoType(address);
            if (gsoType != VirtioNetHeader.VIRTIO_NET_HDR_GSO_NONE) {
                count(isUdp(gsoType) ? Offload.UDP_READ : Offload.TCP_READ);
            }
            if ((VirtioNetHeader.flags(address) & VirtioNetHeader.VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0) {
                count(Offload.CHECKSUM_READ);
            }
        }
        return length;
    }

    @Override
    public int writev(int fd, long ioVecs, int count) {
        int gsoType = VirtioNetHeader.gsoType(IoVec.base(ioVecs));
        if (gsoType == VirtioNetHeader.VIRTIO_NET_HDR_GSO_NONE) {
            return super.writev(fd, ioVecs, count);
        }
        Offload offload = isUdp(gsoType) ? Offload.UDP_WRITE : Offload.TCP_WRITE;
        int errno = (isUdp(gsoType) ? udpWrites : tcpWrites).next();
        if (errno != 0) {
            return refuse(offload, errno);
        }
        int written = super.writev(fd, ioVecs, count);
        if (written >= 0) {
            count(offload);
        }
        return written;
    }

    private static boolean isUdp(int gsoType) {
        return gsoType == VirtioNetHeader.VIRTIO_NET_HDR_GSO_UDP_L4;
    }
}
