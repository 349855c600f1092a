package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpPort;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Peer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One lane: a TUN queue, a UDP port and the memory between them, served in both directions by one thread that blocks in
 * {@code poll} when there is nothing to do. On two cores this was measured to move as much as a thread for each
 * direction, with an eighth less CPU and half the ping p99. {@link Workers} help when there is a backlog.
 *
 * <p>{@link #run} belongs to the lane's thread; everybody else talks to it through its {@link LaneProxy}.
 */
public final class Lane implements Runnable, AutoCloseable {
    /** Messages of one receive at most, each up to a GRO unit; memory that is not used is never touched. */
    private static final int RECEIVE_MESSAGES = 64;

    /** Slots of each direction, where workers may hold some. Alone a lane needs but one, which stays in the cache. */
    private static final int SLOTS_WITH_WORKERS = 8;

    private static final int STAGING_POOL_LENGTH = 16 << 20;
    private static final int HEADROOM = 64; // before each area: a virtio header may be laid in front of a packet

    private static final int TUN = 0;
    private static final int WAKEUP = 1;
    private static final int UDP4 = 2;
    private static final int UDP6 = 3;
    private static final int POLL_FDS = 4;

    /** Reads that fail in a row until the device counts as broken: a lane must not spin on one. */
    private static final int MAX_TUN_ERRORS = 1000;

    private final Logger log;
    private final OffloadEvents events;
    private final LibC libc;
    private final TunPort tun;
    private final Wakeup wakeup;
    private final LaneProxy proxy;
    private final DropCounters drops = new DropCounters();
    private final HandshakeRing handshakes = new HandshakeRing();
    private final AeadEngine aead;
    private final Hands hands;
    private final OutboundPath outbound;
    private final InboundPath inbound;
    private final Delivery delivery;
    private final boolean receives;
    private final @Nullable WireRings wire;
    private final long memory;
    private final int memoryLength;
    private final long pollFds = Memory.slab(POLL_FDS * PollFd.SIZE);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Runnable onDeviceEnd;

    private UdpPort udp;
    private int tunErrors; // in a row
    private long roundNs; // the lane's clock, read once a round
    private volatile boolean isStarted;
    private volatile boolean isClosing;
    private volatile boolean hasEnded;

    /**
     * A lane that is alone, without workers.
     *
     * @param libc the lane thread's own
     * @param udp the lane's own; it closes the port, not the sockets
     * @param onDeviceEnd runs on the lane's thread when the TUN device is gone
     */
    public Lane(
            Logger log,
            LibC libc,
            TunPort tun,
            UdpPort udp,
            AeadEngine aead,
            Device device,
            SleepState control,
            OffloadEvents events,
            int mtu,
            Runnable onDeviceEnd)
            throws ErrnoException {
        this(
                log,
                libc,
                new TunPort[] {tun},
                0,
                udp,
                aead,
                device,
                control,
                events,
                mtu,
                onDeviceEnd,
                Workers.NONE,
                null);
    }

    /**
     * One lane of several. The first receives for all, since a peer's datagrams all come to one socket; each sends what its
     * queue brings.
     *
     * @param queues all queues of the TUN device, driven by {@code libc}
     * @param number the lane's, and its queue's
     * @param wire null where nobody finds the paths to the peers
     */
    public Lane(
            Logger log,
            LibC libc,
            TunPort[] queues,
            int number,
            UdpPort udp,
            AeadEngine aead,
            Device device,
            SleepState control,
            OffloadEvents events,
            int mtu,
            Runnable onDeviceEnd,
            Workers workers,
            @Nullable WireRings wire)
            throws ErrnoException {
        this.log = log;
        this.events = events;
        this.libc = libc;
        this.udp = udp;
        this.aead = aead;
        this.onDeviceEnd = onDeviceEnd;
        this.wire = wire;
        tun = queues[number];
        receives = number == 0;
        wakeup = new Wakeup(libc);
        proxy = new LaneProxy(this, wakeup, control);
        hands = new Hands(libc, aead, queues, udp, new ControlProxy(device.touched(), handshakes, control, libc));

        int slots = workers.exist() ? SLOTS_WITH_WORKERS : 1;
        int receiveSlots = receives ? slots : 1;
        int sendStride = OutboundSlot.AREA_LENGTH + HEADROOM;
        int receiveStride = RECEIVE_MESSAGES * ReceiveBatch.SLOT_LENGTH + Memory.PAGE_LENGTH;
        int sendOffset = HEADROOM + OutboundPath.READ_AREA_LENGTH + HEADROOM;
        int receiveOffset = align(sendOffset + slots * sendStride, Memory.PAGE_LENGTH);
        int stagingOffset = receiveOffset + receiveSlots * receiveStride + HEADROOM;
        memoryLength = stagingOffset + STAGING_POOL_LENGTH;
        memory = Memory.slab(memoryLength);
        UnsafeBuffer slab = new UnsafeBuffer(memory, memoryLength);

        LaneContext context = new LaneContext(
                tun,
                device.allowedIps(),
                device.indexTable(),
                drops,
                workers,
                new UnsafeBuffer(memory + stagingOffset, STAGING_POOL_LENGTH),
                mtu,
                wire);
        OutboundSlot[] toSend = new OutboundSlot[slots];
        for (int i = 0; i < slots; i++) {
            toSend[i] = new OutboundSlot(i, slab, sendOffset + i * sendStride);
        }
        outbound = new OutboundPath(context, udp, hands, slab, HEADROOM, toSend);
        InboundSlot[] toOpen = new InboundSlot[receiveSlots];
        for (int i = 0; i < receiveSlots; i++) {
            toOpen[i] = new InboundSlot(i, new ReceiveBatch(slab, receiveOffset + i * receiveStride, RECEIVE_MESSAGES));
        }
        TunWriter writer = new TunWriter(tun.takesMergedPackets(), slab, drops, events);
        delivery = new Delivery(context, slab, writer);
        inbound = new InboundPath(context, udp, hands, slab, toOpen, delivery);
        preparePoll();
    }

    public LaneProxy proxy() {
        return proxy;
    }

    public HandshakeRing handshakes() {
        return handshakes;
    }

    public DropCounters drops() {
        return drops;
    }

    /** Starts the lane's thread. */
    public void start(String threadName) {
        isStarted = true;
        Thread.ofPlatform().name(threadName).start(this);
    }

    /** What was dropped in the rings of whoever finds the paths. */
    long wireDrops(DropReason reason) {
        return wire == null ? 0 : wire.drops().count(reason);
    }

    LibC libc() {
        return libc;
    }

    boolean hasEnded() {
        return hasEnded;
    }

    @Override
    public void run() {
        try {
            while (!isClosing) {
                step(-1);
            }
        } catch (RuntimeException | Error e) {
            log.log(Level.ERROR, "packet path ended", e);
            onDeviceEnd.run();
        } finally {
            settleAtEnd();
            proxy.drain();
            hasEnded = true;
            ended.countDown();
        }
    }

    /** Waits until something is ready, for ever if {@code timeoutMs} is negative, and does one round over it. */
    void step(int timeoutMs) {
        int ready = libc.poll(pollFds, POLL_FDS, timeoutMs);
        if (ready < 0 && ready != -Errno.EINTR) {
            throw new IllegalStateException("poll: " + Errno.name(-ready));
        }
        long nowNs = System.nanoTime();
        if (isReady(WAKEUP)) {
            wakeup.clear();
        }
        runCommands(nowNs);
        movePackets(isReady(UDP4), isReady(UDP6), isReady(TUN), nowNs); // not of sockets that a command has replaced
    }

    /** As {@link #step} over what the caller knows to be ready: ports in memory have no descriptors. */
    void round(boolean udp4, boolean udp6, boolean tunReady, long nowNs) {
        runCommands(nowNs);
        movePackets(udp4, udp6, tunReady, nowNs);
    }

    /** Commands free keys and change sockets and peers, so nothing may be under way: not even in a worker's hands. */
    private void runCommands(long nowNs) {
        roundNs = nowNs;
        if (proxy.hasCommands()) {
            settle();
            proxy.drain();
        }
    }

    private void settle() {
        outbound.settle();
        inbound.settle();
    }

    private void settleAtEnd() {
        try {
            settle();
        } catch (RuntimeException | Error e) {
            log.log(Level.DEBUG, "packets that were under way are lost", e);
        }
    }

    /** Claims a batch and runs it; false if there was nothing to do. A worker's thread, with its own hands for this lane. */
    boolean work(Hands ofWorker) {
        return inbound.ring().work(ofWorker) || outbound.ring().work(ofWorker);
    }

    /** Whether {@link #work} would find something. Any thread. */
    boolean hasClaimable() {
        return inbound.ring().hasClaimable() || outbound.ring().hasClaimable();
    }

    /** What another thread needs to {@link #work} for this lane. */
    Hands handsOf(LibC otherLibc, AeadEngine otherAead) {
        return hands.of(otherLibc, otherAead);
    }

    private void movePackets(boolean udp4, boolean udp6, boolean tunReady, long nowNs) {
        if (udp4) {
            inbound.doWork(false, nowNs);
        }
        if (udp6) {
            inbound.doWork(true, nowNs);
        }
        if (wire != null && receives && wire.fromRelays().isAnnounced() && inbound.doRelayed(wire, nowNs)) {
            wakeup.wake(libc); // the rest in the next round
        }
        if (tunReady) {
            int result = outbound.doWork(nowNs);
            if (result < 0) {
                onTunError(-result);
            } else {
                tunErrors = 0;
            }
        }
    }

    private void onTunError(int errno) {
        tunErrors++;
        boolean isGone = errno == Errno.EBADFD || errno == Errno.EBADF || errno == Errno.ENODEV;
        if (isGone || tunErrors == MAX_TUN_ERRORS) {
            Level level = isGone ? Level.DEBUG : Level.ERROR;
            log.log(level, "the TUN device has ended: {0}", Errno.name(errno));
            watch(TUN, -1);
            onDeviceEnd.run();
        } else if (tunErrors == 1) {
            log.log(Level.WARNING, "reading the TUN device: {0}", Errno.name(errno));
        }
    }

    void onConfirm(Peer peer) {
        outbound.onConfirm(peer, roundNs);
    }

    void onSendStaged(Peer peer) {
        outbound.onSendStaged(peer, roundNs);
    }

    void onDropStaged(Peer peer) {
        outbound.onDropStaged(peer);
    }

    void onInject(byte[] packet) {
        outbound.onInject(packet, roundNs);
    }

    void onStray(Endpoint source, byte[] datagram) {
        inbound.onStray(source, datagram, roundNs);
    }

    void onMtu(int mtu) {
        outbound.onMtu(mtu);
    }

    void onFilter(@Nullable ActiveFilter filter) {
        outbound.onFilter(filter);
        delivery.onFilter(filter);
    }

    /** Has the lane use {@code sockets} soon; control agent's thread. */
    public void useSockets(UdpSockets sockets, LibC caller) {
        LinuxUdpPort port =
                new LinuxUdpPort(libc, sockets, receives ? RECEIVE_MESSAGES : 0, events::onSegmentOffloadRefused);
        proxy.udpPort(port, caller);
    }

    void onUdpPort(UdpPort port) {
        udp.close();
        udp = port;
        outbound.onUdpPort(port);
        inbound.onUdpPort(port);
        watchSockets();
    }

    private void preparePoll() {
        watch(TUN, tun.fd());
        watch(WAKEUP, wakeup.fd());
        watchSockets();
    }

    private void watchSockets() {
        watch(UDP4, receives ? udp.fd4() : -1);
        watch(UDP6, receives ? udp.fd6() : -1);
    }

    /** A negative descriptor is skipped by poll. */
    private void watch(int index, int fd) {
        PollFd.set(pollEntry(index), fd, PollFd.POLLIN);
    }

    private long pollEntry(int index) {
        return pollFds + (long) index * PollFd.SIZE;
    }

    private boolean isReady(int index) {
        return PollFd.revents(pollEntry(index)) != 0;
    }

    private static int align(int value, int to) {
        return (value + to - 1) & -to;
    }

    /** Ends the lane's thread and frees what the lane owns; the TUN device and sockets are their owners'. */
    @Override
    public void close() {
        end();
        free();
    }

    /** Ends the lane's thread. */
    void end() {
        isClosing = true;
        if (isStarted) {
            wakeup.wake(new LibC());
            awaitEnd();
        }
    }

    /** Frees what the lane owns, when neither its thread nor a worker can use it any more. */
    void free() {
        try {
            aead.close();
        } catch (Exception e) {
            log.log(Level.WARNING, "closing the cipher engine", e);
        }
        udp.close();
        wakeup.close();
        libc.munmap(memory, memoryLength);
        libc.munmap(pollFds, POLL_FDS * PollFd.SIZE);
    }

    private void awaitEnd() {
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
