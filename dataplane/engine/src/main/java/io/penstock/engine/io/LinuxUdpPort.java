package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.CMsg;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MMsgHdr;
import io.penstock.ffm.udp.MsgHdr;
import io.penstock.ffm.udp.PktInfo;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.Endpoint;

/**
 * A pair of UDP sockets driven by {@code recvmmsg} and {@code sendmmsg}, with {@code UDP_GRO} and {@code UDP_SEGMENT}
 * where the kernel has them. Sends block, so that a full socket buffer holds the sender back; receives do not.
 *
 * <p>Owned by one thread. The sockets belong to {@link UdpSockets} and may be shared with other ports.
 */
public final class LinuxUdpPort implements UdpPort {
    /** Told when the kernel refuses {@code UDP_SEGMENT}, once for a pair of sockets; on the thread of one of their ports. */
    @FunctionalInterface
    public interface SegmentOffloadRefused {
        void onRefused(int errno);
    }

    private static final int NAME_LENGTH = 32;
    private static final int RECEIVE_CONTROL_LENGTH = 128;
    private static final int SEND_CONTROL_LENGTH = 128;

    private final LibC libc;
    private final UdpSockets sockets;
    private final SegmentOffloadRefused refused;

    private final int receiveCapacity;
    private final long receiveHeaders;
    private final long sendHeaders;
    private final long oneHeader; // a single datagram that is sent by itself
    private final long memory;
    private final long memoryLength;

    /**
     * @param libc the owner's
     * @param receiveCapacity slots of the batches that will be received into; 0 for a port that only sends
     */
    public LinuxUdpPort(LibC libc, UdpSockets sockets, int receiveCapacity, SegmentOffloadRefused refused) {
        this.libc = libc;
        this.sockets = sockets;
        this.receiveCapacity = receiveCapacity;
        this.refused = refused;
        int perReceive = MMsgHdr.SIZE + IoVec.SIZE + NAME_LENGTH + RECEIVE_CONTROL_LENGTH;
        int perSend = MMsgHdr.SIZE + IoVec.SIZE + NAME_LENGTH + SEND_CONTROL_LENGTH;
        memoryLength = (long) receiveCapacity * perReceive + (SendBatch.CAPACITY + 1L) * perSend;
        memory = Memory.slab(memoryLength);
        receiveHeaders = memory;
        layOut(receiveHeaders, receiveCapacity, RECEIVE_CONTROL_LENGTH);
        sendHeaders = memory + (long) receiveCapacity * perReceive;
        layOut(sendHeaders, SendBatch.CAPACITY, SEND_CONTROL_LENGTH);
        oneHeader = sendHeaders + (long) SendBatch.CAPACITY * perSend;
        layOut(oneHeader, 1, SEND_CONTROL_LENGTH);
    }

    /** Array of mmsghdr, then of iovec, names and control areas, each header pointing at its own. */
    private static void layOut(long headers, int count, int controlLength) {
        long ioVecs = headers + (long) count * MMsgHdr.SIZE;
        long names = ioVecs + (long) count * IoVec.SIZE;
        long controls = names + (long) count * NAME_LENGTH;
        for (int i = 0; i < count; i++) {
            MsgHdr.set(
                    header(headers, i),
                    names + (long) i * NAME_LENGTH,
                    NAME_LENGTH,
                    ioVecs + (long) i * IoVec.SIZE,
                    1,
                    controls + (long) i * controlLength,
                    controlLength);
        }
    }

    private static long header(long headers, int i) {
        return headers + (long) i * MMsgHdr.SIZE;
    }

    @Override
    public UdpPort forThread(LibC otherLibc) {
        return new LinuxUdpPort(otherLibc, sockets, 0, refused);
    }

    @Override
    public void forbidFragments(boolean isForbidden) {
        sockets.forbidFragments(libc, isForbidden);
    }

    @Override
    public int fd4() {
        return sockets.fd4();
    }

    @Override
    public int fd6() {
        return sockets.fd6();
    }

    @Override
    public int receive(ReceiveBatch batch, boolean v6) {
        batch.count(0);
        int capacity = Math.min(batch.limit(), receiveCapacity);
        long slab = batch.slab().addressOffset();
        for (int i = 0; i < capacity; i++) {
            long header = header(receiveHeaders, i);
            MsgHdr.reset(header, NAME_LENGTH, RECEIVE_CONTROL_LENGTH);
            IoVec.set(MsgHdr.ioVecs(header), slab + batch.offset(i), ReceiveBatch.SLOT_LENGTH - 1);
        }
        int fd = v6 ? sockets.fd6() : sockets.fd4();
        int messages = libc.recvmmsg(fd, receiveHeaders, capacity, Sockets.MSG_DONTWAIT);
        if (messages <= 0) {
            return messages;
        }
        for (int i = 0; i < messages; i++) {
            describe(batch, i, v6);
        }
        batch.count(messages);
        return messages;
    }

    private void describe(ReceiveBatch batch, int i, boolean v6) {
        long header = header(receiveHeaders, i);
        int length = MMsgHdr.length(header);
        long name = MsgHdr.name(header);
        boolean truncated = (MsgHdr.flags(header) & Sockets.MSG_TRUNC) != 0;
        batch.length[i] = truncated ? 0 : length; // cut short, so not authentic
        batch.segmentLength[i] = Math.max(1, length);
        batch.v6[i] = v6;
        batch.high[i] = v6 ? SockAddr.high6(name) : 0;
        batch.low[i] = v6 ? SockAddr.low6(name) : SockAddr.ip4(name) & 0xffff_ffffL;
        batch.port[i] = SockAddr.port(name);
        batch.scopeId[i] = v6 ? SockAddr.scopeId6(name) : 0;
        batch.localHigh[i] = 0;
        batch.localLow[i] = 0;
        batch.localInterface[i] = 0;
        batch.arrivalInterface[i] = 0;
        batch.trafficClass[i] = 0;
        for (long cMsg = CMsg.first(header); cMsg != 0; cMsg = CMsg.next(header, cMsg)) {
            describe(batch, i, CMsg.level(cMsg), CMsg.type(cMsg), CMsg.data(cMsg));
        }
    }

    private static void describe(ReceiveBatch batch, int i, int level, int type, long data) {
        if (level == Sockets.SOL_UDP && type == Sockets.UDP_GRO) {
            batch.segmentLength[i] = Math.max(1, Memory.getInt(data));
        } else if (level == Sockets.IPPROTO_IP && type == Sockets.IP_PKTINFO) {
            batch.localLow[i] = PktInfo.localAddress4(data) & 0xffff_ffffL;
            batch.arrivalInterface[i] = PktInfo.ifIndex4(data);
        } else if (level == Sockets.IPPROTO_IPV6 && type == Sockets.IPV6_PKTINFO) {
            batch.localHigh[i] = PktInfo.high6(data);
            batch.localLow[i] = PktInfo.low6(data);
            // The route decides on the device, but a link-local address means nothing without one.
            batch.arrivalInterface[i] = PktInfo.ifIndex6(data);
            batch.localInterface[i] = isLinkLocal(batch.localHigh[i]) ? PktInfo.ifIndex6(data) : 0;
        } else if (level == Sockets.IPPROTO_IP && type == Sockets.IP_TOS) {
            batch.trafficClass[i] = Memory.getByte(data) & 0xff;
        } else if (level == Sockets.IPPROTO_IPV6 && type == Sockets.IPV6_TCLASS) {
            batch.trafficClass[i] = Memory.getInt(data) & 0xff;
        }
    }

    private static boolean isLinkLocal(long high) {
        return high >>> 54 == 0xfe80L >>> 6;
    }

    @Override
    public int send(SendBatch batch) {
        int failed = 0;
        int first = 0;
        while (first < batch.count()) {
            boolean v6 = batch.endpoint(first).isV6();
            int end = first;
            while (end < batch.count() && batch.endpoint(end).isV6() == v6) {
                prepare(batch, end++);
            }
            failed += send(batch, first, end, v6 ? sockets.fd6() : sockets.fd4());
            first = end;
        }
        return failed;
    }

    private void prepare(SendBatch batch, int i) {
        boolean segmented = batch.length(i) > batch.segmentLength(i) && sockets.segmentOffload();
        prepare(
                header(sendHeaders, i),
                batch,
                i,
                batch.offset(i),
                batch.length(i),
                segmented ? batch.segmentLength(i) : 0,
                batch.endpoint(i).hasLocal());
    }

    private static void prepare(
            long header, SendBatch batch, int i, int offset, int length, int segmentLength, boolean withLocal) {
        Endpoint to = batch.endpoint(i);
        long name = MsgHdr.name(header);
        if (to.isV6()) {
            SockAddr.set6(name, to.high(), to.low(), to.port(), to.scopeId());
            MsgHdr.nameLength(header, SockAddr.SIZE6);
        } else {
            SockAddr.set4(name, (int) to.low(), to.port());
            MsgHdr.nameLength(header, SockAddr.SIZE4);
        }
        IoVec.set(MsgHdr.ioVecs(header), batch.slab().addressOffset() + offset, length);
        long control = MsgHdr.control(header);
        long end = control;
        if (segmentLength > 0) {
            Memory.putShort(CMsg.put(end, Sockets.SOL_UDP, Sockets.UDP_SEGMENT, Short.BYTES), (short) segmentLength);
            end += CMsg.space(Short.BYTES);
        }
        if (batch.trafficClass(i) != 0) {
            int level = to.isV6() ? Sockets.IPPROTO_IPV6 : Sockets.IPPROTO_IP;
            int type = to.isV6() ? Sockets.IPV6_TCLASS : Sockets.IP_TOS;
            Memory.putInt(CMsg.put(end, level, type, Integer.BYTES), batch.trafficClass(i));
            end += CMsg.space(Integer.BYTES);
        }
        if (batch.hopLimit(i) != 0) {
            int level = to.isV6() ? Sockets.IPPROTO_IPV6 : Sockets.IPPROTO_IP;
            int type = to.isV6() ? Sockets.IPV6_HOPLIMIT : Sockets.IP_TTL;
            Memory.putInt(CMsg.put(end, level, type, Integer.BYTES), batch.hopLimit(i));
            end += CMsg.space(Integer.BYTES);
        }
        if (withLocal) {
            end = putLocal(end, to);
        }
        MsgHdr.controlLength(header, end - control);
    }

    private static long putLocal(long at, Endpoint to) {
        if (to.isV6()) {
            PktInfo.set6(
                    CMsg.put(at, Sockets.IPPROTO_IPV6, Sockets.IPV6_PKTINFO, PktInfo.SIZE6),
                    to.localInterface(),
                    to.localHigh(),
                    to.localLow());
            return at + CMsg.space(PktInfo.SIZE6);
        }
        PktInfo.set4(CMsg.put(at, Sockets.IPPROTO_IP, Sockets.IP_PKTINFO, PktInfo.SIZE4), to.localInterface(), (int)
                to.localLow());
        return at + CMsg.space(PktInfo.SIZE4);
    }

    private int send(SendBatch batch, int first, int end, int fd) {
        int failed = 0;
        int next = first;
        while (next < end) {
            if (batch.length(next) > batch.segmentLength(next) && !sockets.segmentOffload()) {
                failed += sendSingly(batch, next, fd);
                next++;
                continue;
            }
            int sent = libc.sendmmsg(fd, header(sendHeaders, next), run(batch, next, end), 0);
            if (sent > 0) {
                next += sent;
            } else if (sent != -Errno.EINTR) {
                int lost = onRefusal(batch, next, fd, -sent);
                if (lost == batch.datagrams(next)) {
                    batch.markFailed(next, -sent);
                }
                failed += lost;
                next++;
            }
        }
        return failed;
    }

    /** Messages from {@code next} on that may go out in one call: all, unless some must be cut by hand. */
    private int run(SendBatch batch, int next, int end) {
        if (sockets.segmentOffload()) {
            return end - next;
        }
        int last = next;
        while (last < end && batch.length(last) <= batch.segmentLength(last)) {
            last++;
        }
        return last - next;
    }

    /** Tries again without what may have been the cause; returns how many datagrams of the message are lost. */
    private int onRefusal(SendBatch batch, int i, int fd, int errno) {
        if (mayBeSource(errno) && batch.endpoint(i).hasLocal() && resend(batch, i, fd)) {
            batch.markSourceStale(i);
            return 0;
        }
        boolean mayBeSegments = errno == Errno.EIO || errno == Errno.EINVAL || errno == Errno.EMSGSIZE;
        if (!mayBeSegments || batch.length(i) <= batch.segmentLength(i)) {
            return batch.datagrams(i);
        }
        int lost = sendSingly(batch, i, fd);
        if (lost == 0 && errno != Errno.EMSGSIZE) { // EMSGSIZE says something about this path only
            if (sockets.refuseSegments()) {
                refused.onRefused(errno);
            }
        }
        return lost;
    }

    /** Which errno a source gets that is no longer ours depends on the kernel: 6.18 says ENETUNREACH for IPv4. */
    private static boolean mayBeSource(int errno) {
        return errno == Errno.EINVAL
                || errno == Errno.EADDRNOTAVAIL
                || errno == Errno.ENODEV
                || errno == Errno.ENETUNREACH;
    }

    private boolean resend(SendBatch batch, int i, int fd) {
        int segmentLength = batch.length(i) > batch.segmentLength(i) ? batch.segmentLength(i) : 0;
        prepare(oneHeader, batch, i, batch.offset(i), batch.length(i), segmentLength, false);
        return libc.sendmsg(fd, oneHeader, 0) >= 0;
    }

    /** Sends the datagrams of a message one by one, and without their source once that is refused; returns how many are lost. */
    private int sendSingly(SendBatch batch, int i, int fd) {
        boolean withLocal = batch.endpoint(i).hasLocal();
        int lost = 0;
        int end = batch.offset(i) + batch.length(i);
        for (int offset = batch.offset(i); offset < end; offset += batch.segmentLength(i)) {
            int length = Math.min(batch.segmentLength(i), end - offset);
            prepare(oneHeader, batch, i, offset, length, 0, withLocal);
            int result = libc.sendmsg(fd, oneHeader, 0);
            if (result < 0 && withLocal && mayBeSource(-result)) {
                prepare(oneHeader, batch, i, offset, length, 0, false);
                result = libc.sendmsg(fd, oneHeader, 0);
                withLocal = result < 0;
            }
            if (result < 0) {
                lost++;
            }
        }
        if (withLocal != batch.endpoint(i).hasLocal()) {
            batch.markSourceStale(i);
        }
        return lost;
    }

    @Override
    public void close() {
        libc.munmap(memory, memoryLength);
    }
}
