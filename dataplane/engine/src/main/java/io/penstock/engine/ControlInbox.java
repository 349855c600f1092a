package io.penstock.engine;

import io.penstock.engine.io.DatagramKind;
import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.PortSockets;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.engine.lane.DropCounters;
import io.penstock.engine.lane.Lanes;
import io.penstock.engine.wire.Wire;
import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.MessageType;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What comes to the control agent's own sockets: handshake messages to the device, datagrams of the node to whoever takes them.
 * Transport data comes here only behind something else in one GRO unit, and goes on to the lane. Bounded by an {@link InboxPace} for
 * each kind; what waits longer than the socket's buffer holds is dropped there, which costs next to nothing. Owned by the control agent.
 */
final class ControlInbox implements AutoCloseable {
    /** Of one receive. Memory for GRO units that do not come is never touched. */
    static final int MESSAGES = 64;

    private static final DatagramKind[] KINDS = DatagramKind.values();

    /** Descriptors to be polled: of both families for each kind. */
    static final int POLL_FDS = 2 * KINDS.length;

    private static final int MEMORY_INFO_LENGTH = Sockets.SK_MEMINFO_VARS * Integer.BYTES;

    private final LibC libc;
    private final Device device;
    private final Lanes lanes;
    private final @Nullable TunnelWire wire;
    private final DropCounters drops;
    private final UnsafeBuffer slab = new UnsafeBuffer(
            Memory.slab((long) MESSAGES * ReceiveBatch.SLOT_LENGTH), MESSAGES * ReceiveBatch.SLOT_LENGTH);
    private final ReceiveBatch received = new ReceiveBatch(slab, 0, MESSAGES);
    private final long memoryInfo = Memory.slab(MEMORY_INFO_LENGTH + Integer.BYTES);

    private final Source[] sources = new Source[KINDS.length]; // by kind; that of data is not used

    // Of the socket that is being read.
    private int queuedBytes;
    private int bufferLength = 1;

    /** One kind of datagrams. */
    private static final class Source {
        final InboxPace pace;
        final int[] kernelDrops = new int[2]; // by family, as last seen
        LinuxUdpPort port;

        Source(InboxPace pace, LinuxUdpPort port) {
            this.pace = pace;
            this.port = port;
        }
    }

    /** @param wire null where nobody takes datagrams that are no WireGuard */
    ControlInbox(LibC libc, Device device, Lanes lanes, @Nullable TunnelWire wire, DropCounters drops, long nowNs) {
        this.libc = libc;
        this.device = device;
        this.lanes = lanes;
        this.wire = wire;
        this.drops = drops;
        for (DatagramKind kind : KINDS) {
            sources[kind.ordinal()] = new Source(new InboxPace(perSecond(kind), nowNs), port(UdpSockets.NONE));
        }
    }

    /** How many a second are handled. A handshake message that is refused costs a microsecond, an answer five. */
    private static int perSecond(DatagramKind kind) {
        return switch (kind) {
            case HANDSHAKE -> 100_000;
            case COOKIE -> 25_000;
            case DATA, OTHER -> 32_000;
        };
    }

    private LinuxUdpPort port(UdpSockets sockets) {
        return new LinuxUdpPort(libc, sockets, MESSAGES, _ -> {});
    }

    /** Reads these from here on. */
    void use(PortSockets sockets) {
        for (DatagramKind kind : KINDS) {
            boolean isOurs = kind != DatagramKind.DATA && sockets.areSteered();
            Source source = source(kind);
            source.port.close();
            source.port = port(isOurs ? sockets.of(kind) : UdpSockets.NONE);
            Arrays.fill(source.kernelDrops, 0);
        }
    }

    private Source source(DatagramKind kind) {
        return sources[kind.ordinal()];
    }

    /**
     * Has the next poll tell what waits, save for what is not to be looked at yet.
     *
     * @param entries of {@link #POLL_FDS} descriptors
     * @return nanoseconds until some that are left out may be looked at; {@code Long.MAX_VALUE} if there are none
     */
    long watch(long entries, long nowNs) {
        long soonestNs = Long.MAX_VALUE;
        for (DatagramKind kind : KINDS) {
            LinuxUdpPort port = source(kind).port;
            long pauseNs = source(kind).pace.pausesForNs(nowNs);
            if (pauseNs > 0) {
                soonestNs = Math.min(soonestNs, pauseNs);
            }
            PollFd.set(entry(entries, kind, 0), pauseNs > 0 ? -1 : port.fd4(), PollFd.POLLIN);
            PollFd.set(entry(entries, kind, 1), pauseNs > 0 ? -1 : port.fd6(), PollFd.POLLIN);
        }
        return soonestNs;
    }

    private static long entry(long entries, DatagramKind kind, int family) {
        return entries + (2L * kind.ordinal() + family) * PollFd.SIZE;
    }

    /** Reads what waits, as much as the pace of each kind allows. */
    void doWork(long entries, long nowNs) {
        for (DatagramKind kind : KINDS) {
            boolean is4Ready = PollFd.revents(entry(entries, kind, 0)) != 0;
            boolean is6Ready = PollFd.revents(entry(entries, kind, 1)) != 0;
            if (is4Ready || is6Ready) {
                read(source(kind), is4Ready, is6Ready, nowNs);
            }
        }
    }

    private void read(Source source, boolean is4Ready, boolean is6Ready, long nowNs) {
        int allowed = source.pace.allowance(nowNs);
        int share = is4Ready && is6Ready ? allowed / 2 : allowed; // neither family keeps the other waiting
        int handled = is4Ready ? read(source, false, share, nowNs) : 0;
        handled += is6Ready ? read(source, true, share, nowNs) : 0;
        source.pace.onTurn(handled, nowNs);
    }

    private int read(Source source, boolean v6, int allowed, long nowNs) {
        int handled = 0;
        while (handled < allowed) {
            int messages = source.port.receive(received, v6);
            if (messages <= 0) {
                if (messages < 0 && messages != -Errno.EAGAIN && messages != -Errno.EINTR) {
                    drops.add(DropReason.RECEIVE_FAILED, 1);
                }
                break;
            }
            lookAtQueue(source, v6);
            for (int i = 0; i < messages; i++) {
                handled += onMessage(i, nowNs);
            }
            if (messages < MESSAGES) {
                break;
            }
        }
        return handled;
    }

    /**
     * How full the socket is decides whether there is a load. Asked after each receive, it also tells of every drop: a socket that is
     * full has something to be received.
     */
    private void lookAtQueue(Source source, boolean v6) {
        queuedBytes = 0;
        int fd = v6 ? source.port.fd6() : source.port.fd4();
        long length = memoryInfo + MEMORY_INFO_LENGTH;
        Memory.putInt(length, MEMORY_INFO_LENGTH);
        if (libc.getsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_MEMINFO, memoryInfo, length) < 0) {
            return; // before Linux 4.12: nothing says that there is a load then
        }
        queuedBytes = info(Sockets.SK_MEMINFO_RMEM_ALLOC);
        bufferLength = Math.max(1, info(Sockets.SK_MEMINFO_RCVBUF));
        int dropped = info(Sockets.SK_MEMINFO_DROPS);
        int family = v6 ? 1 : 0;
        DropReason reason =
                source == source(DatagramKind.OTHER) ? DropReason.DATAGRAM_QUEUE_FULL : DropReason.HANDSHAKE_QUEUE_FULL;
        drops.add(reason, dropped - source.kernelDrops[family]); // the kernel's counter may wrap
        source.kernelDrops[family] = dropped;
    }

    private int info(int index) {
        return Memory.getInt(memoryInfo + (long) index * Integer.BYTES);
    }

    /** Returns how many datagrams the message was. */
    private int onMessage(int i, long nowNs) {
        int length = received.length(i);
        if (length == 0) { // empty, or cut short and so worth nothing
            drops.add(DropReason.WRONG_LENGTH, 1);
            return 1;
        }
        int step = received.segmentLength(i);
        int datagrams = (length + step - 1) / step;
        if (wire != null && Endpoint.isRelay(received.isV6(i), received.high(i))) {
            drops.add(DropReason.RELAY_SOURCE_FORGED, datagrams);
            return datagrams;
        }
        int end = received.offset(i) + length;
        for (int offset = received.offset(i); offset < end; offset += step) {
            onDatagram(i, offset, Math.min(step, end - offset), nowNs);
        }
        return datagrams;
    }

    private void onDatagram(int i, int offset, int length, long nowNs) {
        int type = MessageType.of(slab, offset, length);
        switch (type) {
            case Data.TYPE -> onData(i, offset, length);
            case MessageType.UNKNOWN, MessageType.WRONG_LENGTH -> onOther(i, offset, length, type);
            default -> device.onHandshake(slab, offset, length, received.source(i), queuedBytes, bufferLength, nowNs);
        }
    }

    /** Behind a handshake message of its sender in one GRO unit, or before the kernel could steer. */
    private void onData(int i, int offset, int length) {
        int index = new Data().wrap(slab, offset, length).receiverIndex();
        if (device.indexTable().find(index) == null) {
            drops.add(DropReason.UNKNOWN_INDEX, 1);
        } else if (!lanes.stray(received.source(i), copy(offset, length), libc)) {
            drops.add(DropReason.STRAY_QUEUE_FULL, 1);
        }
    }

    /** No message of ours: somebody else may want it, unless it says that it is one. */
    private void onOther(int i, int offset, int length, int type) {
        boolean saysItIsOurs = type == MessageType.WRONG_LENGTH && length >= Integer.BYTES;
        if (wire == null || saysItIsOurs || length > Wire.MAX_DATAGRAM) {
            drops.add(type == MessageType.UNKNOWN ? DropReason.UNKNOWN_TYPE : DropReason.WRONG_LENGTH, 1);
        } else {
            wire.onDatagram(received.source(i), copy(offset, length));
        }
    }

    private byte[] copy(int offset, int length) {
        byte[] bytes = new byte[length];
        slab.getBytes(offset, bytes);
        return bytes;
    }

    @Override
    public void close() {
        for (Source source : sources) {
            source.port.close();
        }
        libc.munmap(slab.addressOffset(), slab.capacity());
        libc.munmap(memoryInfo, MEMORY_INFO_LENGTH + Integer.BYTES);
    }
}
