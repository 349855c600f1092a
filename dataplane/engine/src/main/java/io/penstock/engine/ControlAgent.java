package io.penstock.engine;

import io.penstock.engine.io.DatagramKind;
import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.PortSockets;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.engine.lane.DropCounters;
import io.penstock.engine.lane.HandshakeRing;
import io.penstock.engine.lane.Lanes;
import io.penstock.engine.lane.SleepState;
import io.penstock.engine.lane.Wakeup;
import io.penstock.engine.uapi.SocketSettings;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.wireguard.Action;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.Tai64n;
import io.penstock.wireguard.peer.Peer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Owns the protocol state of one tunnel: shakes hands, fires timers, applies configuration, follows the link. One
 * thread; lanes reach it through {@link SleepState}, marks and rings, everybody else through {@link #submit}.
 */
final class ControlAgent implements Runnable, SocketSettings {
    private static final int MAX_SLEEP_MS = 60_000;
    private static final int COMMANDS = 256;
    private static final int HANDSHAKES_PER_ROUND = 64;
    private static final int MESSAGE_LENGTH = 256; // room for one handshake message

    /** For the lane to let go of sockets whose port may be wanted again; it takes microseconds unless a send blocks. */
    private static final long RELEASE_PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    /** Between two tries to open the sockets of an interface that was set up. */
    private static final long UP_RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    // Descriptors that are polled.
    private static final int WAKEUP = 0;
    private static final int LINK = 1;
    private static final int ROUTES = 2;
    private static final int INBOX = 3;
    private static final int POLL_FDS = INBOX + ControlInbox.POLL_FDS;

    private final Logger log;
    private final LibC libc;
    private final Device device;
    private final Wakeup wakeup;
    private final SleepState sleep;
    private final Link link;
    private final TimestampStore timestamps;
    private final Consumer<String> onSteeringRefused;
    private final Runnable onFailure;

    private final BlockingQueue<Runnable> commands = new ArrayBlockingQueue<>(COMMANDS);
    private final long pollFds = Memory.slab((long) POLL_FDS * PollFd.SIZE);
    private final long inboxEntries = pollFds + (long) INBOX * PollFd.SIZE;
    private final SendBatch sending;
    private final UnsafeBuffer messages = new UnsafeBuffer(
            Memory.slab((long) SendBatch.CAPACITY * MESSAGE_LENGTH), SendBatch.CAPACITY * MESSAGE_LENGTH);

    private final DropCounters drops = new DropCounters();

    private Lanes lanes; // set once, before the thread starts
    private LaneReleases releases; // likewise
    private DropReport dropReport; // likewise
    private @Nullable TunnelWire wire; // likewise, where somebody finds the paths to the peers
    private @Nullable ControlInbox inbox; // once the thread runs
    private PortSockets sockets = PortSockets.NONE;
    private LinuxUdpPort udp;
    private int wantedPort;
    private int fwmark;
    private int closingSockets; // pairs that the lane may still use
    private boolean isUp;
    private boolean isUpLate; // the link is up, but the sockets could not be opened
    private long upRetryNs; // if so, when to try again
    private boolean timestampStoreFailed;
    private @Nullable SourceWatcher sources; // once the thread runs, unless it cannot be
    private volatile boolean isClosing;

    private final Object endLock = new Object();
    private final LibC wakingCalls = new LibC(); // guarded by endLock, like the next
    private boolean hasEnded;

    @SuppressWarnings("NullAway.Init") // what the lanes bring
    ControlAgent(
            Logger log,
            LibC libc,
            Device device,
            Wakeup wakeup,
            SleepState sleep,
            Link link,
            TimestampStore timestamps,
            Consumer<String> onSteeringRefused,
            Runnable onFailure) {
        this.log = log;
        this.libc = libc;
        this.device = device;
        this.wakeup = wakeup;
        this.sleep = sleep;
        this.link = link;
        this.timestamps = timestamps;
        this.onSteeringRefused = onSteeringRefused;
        this.onFailure = onFailure;
        sending = new SendBatch(messages);
        udp = new LinuxUdpPort(libc, UdpSockets.NONE, 0, _ -> {});
    }

    /** Must be called before the thread starts. */
    void lanes(Lanes served) {
        lanes = served;
        releases = new LaneReleases(served);
        dropReport = new DropReport(reason -> served.drops(reason) + drops(reason), System.nanoTime());
    }

    /** What this agent, or its device, has dropped. Any thread. */
    long drops(DropReason reason) {
        return drops.count(reason) + device.drops(reason);
    }

    /** Must be called before the thread starts. */
    void wire(TunnelWire served) {
        wire = served;
    }

    /**
     * Runs {@code command} on the agent's thread, later; any thread.
     *
     * @return false when the agent is closing and will not run it
     */
    boolean submit(Runnable command) {
        try {
            while (!isClosing) {
                if (commands.offer(command, 100, TimeUnit.MILLISECONDS)) {
                    return wakeForCommand(command);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private boolean wakeForCommand(Runnable command) {
        return wake() || !commands.remove(command); // whoever ended has run it, or nobody will
    }

    /** Has the agent look for work; false when it has ended. Any thread. */
    boolean wake() {
        synchronized (endLock) {
            if (!hasEnded) {
                sleep.wake(wakingCalls);
            }
            return !hasEnded;
        }
    }

    /** Makes {@link #run} return soon; any thread. */
    void close() {
        isClosing = true;
        synchronized (endLock) {
            if (!hasEnded) { // afterwards the wake-up is closed, and its descriptor may be another's
                wakeup.wake(wakingCalls);
            }
        }
    }

    /** Runs until {@link #close}, or a failure of its own, and frees everything that it and the lanes use. */
    @Override
    public void run() {
        try {
            setWallClock(System.nanoTime());
            sources = SourceWatcher.open(log);
            inbox = new ControlInbox(libc, device, lanes, wire, drops, System.nanoTime());
            onLink();
            while (!isClosing) {
                await();
                doWork(System.nanoTime());
            }
            device.down(System.nanoTime());
            act();
            settleTimestamps();
        } catch (RuntimeException | Error e) {
            log.log(Level.ERROR, "control agent ended", e);
        } finally {
            isClosing = true;
            shutDown();
        }
    }

    private void await() {
        long nowNs = System.nanoTime();
        long deadlineNs = device.deadlineNs();
        long leftMs = deadlineNs == Device.NO_DEADLINE ? MAX_SLEEP_MS : millisUntil(deadlineNs, nowNs);
        if (isUpLate) {
            leftMs = Math.min(leftMs, millisUntil(upRetryNs, nowNs));
        }
        if (log.isLoggable(Level.DEBUG)) {
            leftMs = Math.min(leftMs, millisUntil(dropReport.deadlineNs(), nowNs));
        }
        leftMs = Math.min(leftMs, TimeUnit.NANOSECONDS.toMillis(link.retryInNs(nowNs)) + 1);
        leftMs = Math.min(leftMs, sources == null ? MAX_SLEEP_MS : millisUntilNs(sources.dueInNs(nowNs)));
        leftMs = Math.min(leftMs, wire == null ? MAX_SLEEP_MS : millisUntilNs(wire.dueInNs(nowNs)));
        PollFd.set(pollFds + LINK * PollFd.SIZE, link.fd(), PollFd.POLLIN);
        PollFd.set(pollFds + ROUTES * PollFd.SIZE, sources == null ? -1 : sources.fd(), PollFd.POLLIN);
        if (inbox != null) {
            leftMs = Math.min(leftMs, millisUntilNs(inbox.watch(inboxEntries, nowNs)));
        }
        awaitWork(POLL_FDS, leftMs);
    }

    /** Sleeps until somebody wakes this agent, one of the others has news if {@code descriptors} is more than 1, or the time has passed. */
    private void awaitWork(int descriptors, long atMostMs) {
        int timeoutMs = sleep.fallAsleep() ? (int) Math.min(MAX_SLEEP_MS, atMostMs) : 0;
        PollFd.set(pollFds + WAKEUP * PollFd.SIZE, wakeup.fd(), PollFd.POLLIN);
        int ready = libc.poll(pollFds, descriptors, timeoutMs);
        sleep.awake();
        if (ready < 0 && ready != -Errno.EINTR) {
            throw new IllegalStateException("poll: " + Errno.name(-ready));
        }
        if (PollFd.revents(pollFds + WAKEUP * PollFd.SIZE) != 0) {
            wakeup.clear();
        }
    }

    private static long millisUntil(long deadlineNs, long nowNs) {
        long leftNs = deadlineNs - nowNs;
        return leftNs <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(leftNs) + 1;
    }

    private static long millisUntilNs(long leftNs) {
        return leftNs == Long.MAX_VALUE ? MAX_SLEEP_MS : TimeUnit.NANOSECONDS.toMillis(leftNs) + 1;
    }

    private void doWork(long nowNs) {
        setWallClock(nowNs);
        if (inbox != null) {
            inbox.doWork(inboxEntries, nowNs); // before a command changes the sockets
        }
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        releases.run();
        int queued = lanes.handshakes().size();
        int handled = lanes.handshakes()
                .drain(
                        (datagram, offset, length, source) -> device.onHandshake(
                                datagram, offset, length, source, queued, HandshakeRing.CAPACITY, nowNs),
                        HANDSHAKES_PER_ROUND);
        if (handled == HANDSHAKES_PER_ROUND) {
            sleep.wake(libc); // there may be more: look again, after timers and configuration had their turn
        }
        device.drainActivity(nowNs);
        device.onTime(nowNs);
        if (sources != null) {
            sources.doWork(PollFd.revents(pollFds + ROUTES * PollFd.SIZE) != 0, device.peers(), fwmark, nowNs);
        }
        boolean hasLinkEvent = PollFd.revents(pollFds + LINK * PollFd.SIZE) != 0;
        if ((hasLinkEvent || link.retryInNs(nowNs) == 0) && link.refresh(nowNs)) {
            onLink();
        }
        if (isUpLate && nowNs - upRetryNs >= 0) {
            goUp();
        }
        act();
        if (wire != null && wire.doWork(udp, device, nowNs)) {
            sleep.wake(libc); // there may be more: so many each round, and all else in between
        }
        if (log.isLoggable(Level.DEBUG)) {
            report(dropReport.lineIfDue(nowNs));
        }
    }

    private void report(@Nullable String line) {
        if (line != null) {
            log.log(Level.DEBUG, line);
        }
    }

    private void setWallClock(long nowNs) {
        Instant now = Instant.now();
        device.setWallClock(nowNs, now.getEpochSecond(), now.getNano());
    }

    private void act() {
        for (Action action = device.poll(); action != null; action = device.poll()) {
            switch (action) {
                case Action.SendHandshake send -> enqueue(send);
                case Action.Confirm confirm -> lanes.confirm(confirm.peer(), libc);
                case Action.SendKeepalive keepalive -> lanes.confirm(keepalive.peer(), libc);
                case Action.SendStaged staged -> lanes.sendStaged(staged.peer(), libc);
                case Action.DropStaged drop -> lanes.dropStaged(drop.peer(), libc);
                case Action.Retire retire -> releases.add(retire.keypair()::wipe);
                case Action.RemovePeer remove -> remove(remove.peer());
                case Action.PersistTimestamp persist -> persist(Tai64n.ofUnix(persist.seconds(), persist.nanos()));
                case Action.HandshakeCompleted completed ->
                    log.log(
                            Level.DEBUG,
                            () -> LogNames.of(completed.peer()) + " - handshake completed in "
                                    + TimeUnit.NANOSECONDS.toMicros(completed.roundTripNs()) + " us");
            }
        }
        releases.fence(libc);
        flush();
    }

    private void enqueue(Action.SendHandshake send) {
        if (wire != null && send.to().isRelay()) {
            wire.sendByRelay(send.to(), send.datagram());
            return;
        }
        if (sending.isFull()) {
            flush();
        }
        int offset = sending.count() * MESSAGE_LENGTH;
        messages.putBytes(offset, send.datagram());
        sending.add(send.to(), send.trafficClass(), offset, send.datagram().length);
        log.log(Level.TRACE, () -> "handshake message of " + send.datagram().length + " bytes to " + send.to());
    }

    private void flush() {
        if (sending.count() == 0) {
            return;
        }
        int lost = udp.send(sending);
        if (lost > 0) {
            log.log(Level.DEBUG, "{0} handshake messages could not be sent", lost);
        }
        sending.clear();
    }

    private void remove(Peer peer) {
        lanes.dropStaged(peer, libc);
        releases.add(() -> device.releaseSlot(peer));
    }

    /** Handshake timestamps under this key go on where an earlier process left off; those of the old key end here. */
    void onIdentity(@Nullable PublicKey key) {
        act();
        settleTimestamps();
        Tai64n floor = Tai64n.ofUnix(0, 0);
        try {
            if (key != null) {
                floor = timestamps.read(key);
                timestamps.prune(Instant.now());
            }
        } catch (IOException e) {
            log.log(Level.WARNING, "cannot read the handshake timestamps of an earlier run: {0}", e.getMessage());
        }
        device.restoreTimestamp(floor.unixSeconds(), floor.nanos());
    }

    private void settleTimestamps() {
        PublicKey key = device.publicKey();
        if (key == null) {
            return;
        }
        try {
            timestamps.settle(key, device.unusedTimestamp());
        } catch (IOException e) {
            log.log(Level.DEBUG, "handshake timestamps stay reserved: {0}", e.getMessage());
        }
    }

    private void persist(Tai64n reserved) {
        PublicKey key = device.publicKey();
        if (key == null) {
            return;
        }
        try {
            timestamps.reserve(key, reserved);
        } catch (IOException e) {
            if (!timestampStoreFailed) {
                timestampStoreFailed = true;
                log.log(
                        Level.WARNING,
                        "cannot store handshake timestamps ({0}): if this host restarts with its clock set back,"
                                + " peers will refuse it until the clock has caught up",
                        e.getMessage());
            }
        }
    }

    // The link.

    private void onLink() {
        if (link.isGone()) {
            log.log(Level.DEBUG, "the interface is gone");
            onFailure.run();
            return;
        }
        if (link.mtu() > 0) {
            lanes.mtu(link.mtu(), libc);
        }
        if (!link.isUp()) {
            isUpLate = false;
            if (isUp) {
                goDown();
            }
        } else if (!isUp && !isUpLate) {
            goUp();
        }
    }

    /** Opens the sockets of an interface that is set up; 0, or a negative errno, and then it tries again soon. */
    private int goUp() {
        int result = open(wantedPort, isUpLate ? Level.DEBUG : Level.ERROR); // said once
        if (result < 0) {
            isUpLate = true;
            upRetryNs = System.nanoTime() + UP_RETRY_NS;
            return result;
        }
        if (isUpLate) {
            log.log(Level.INFO, "UDP port {0} could be opened after all", Integer.toString(sockets.port()));
        }
        isUpLate = false;
        isUp = true;
        device.up(System.nanoTime());
        log.log(Level.DEBUG, "interface is up, UDP port {0}", Integer.toString(sockets.port()));
        return 0;
    }

    private void goDown() {
        isUp = false;
        device.down(System.nanoTime());
        act();
        wantedPort = sockets.port();
        use(PortSockets.NONE);
        log.log(Level.DEBUG, "interface is down");
    }

    /** Has the sockets of {@code port} take the place of those in use; 0, or a negative errno, and those stay. */
    private int open(int port, Level onFailure) {
        awaitClosedSockets();
        try {
            PortSockets opened = PortSockets.open(libc, port, fwmark);
            use(opened);
            if (!opened.areSteered()) {
                onSteeringRefused.accept(opened.refusal());
            }
            return 0;
        } catch (ErrnoException e) {
            log.log(onFailure, "cannot open UDP port {0}: {1}", Integer.toString(port), e.getMessage());
            return -e.errno();
        }
    }

    /** Waits until earlier sockets are closed: theirs may be the port that is wanted. */
    private void awaitClosedSockets() {
        long untilNs = System.nanoTime() + RELEASE_PATIENCE_NS;
        while (closingSockets > 0) {
            long nowNs = System.nanoTime();
            if (nowNs - untilNs >= 0) {
                log.log(Level.WARNING, "the packet path is slow to let go of earlier sockets");
                break;
            }
            awaitWork(1, millisUntil(untilNs, nowNs));
            releases.run();
            sleep.wake(libc); // what woke this agent may have been more than that
        }
    }

    private void use(PortSockets opened) {
        PortSockets old = sockets;
        LinuxUdpPort oldPort = udp;
        sockets = opened;
        udp = new LinuxUdpPort(libc, opened.of(DatagramKind.HANDSHAKE), 0, _ -> {});
        oldPort.close();
        if (inbox != null) {
            inbox.use(opened);
        }
        lanes.useSockets(opened.of(DatagramKind.DATA), libc);
        closingSockets++;
        releases.add(() -> {
            old.close(libc);
            closingSockets--;
        });
        releases.fence(libc);
        forgetSources();
        if (wire != null) {
            wire.onPort(opened.port());
        }
    }

    /** What is sent from here on may take another way, and then the address of the old one would be wrong. */
    private void forgetSources() {
        for (Peer peer : device.peers()) {
            peer.forgetSource();
        }
    }

    @Override
    public int listenPort() {
        return isUp ? sockets.port() : wantedPort;
    }

    @Override
    public int setListenPort(int port) {
        if (isUp) {
            int result = port == sockets.port() ? 0 : open(port, Level.ERROR);
            if (result == 0) {
                wantedPort = port;
            }
            return result;
        }
        wantedPort = port; // also when it is taken: it is tried again
        return isUpLate ? goUp() : 0;
    }

    @Override
    public int fwmark() {
        return fwmark;
    }

    @Override
    public int setFwmark(int mark) {
        int result = sockets.mark(libc, mark);
        if (result < 0) {
            int _ = sockets.mark(libc, fwmark); // one family may have taken it
            return result;
        }
        if (mark != fwmark) {
            fwmark = mark;
            forgetSources();
        }
        return isUpLate ? goUp() : 0;
    }

    private void shutDown() {
        if (wire != null) {
            wire.close(libc); // while what wakes the lanes is there
        }
        lanes.close();
        report(dropReport.line());
        runAll(releases::takeAny);
        sockets.close(libc);
        udp.close();
        if (inbox != null) {
            inbox.close();
        }
        if (sources != null) {
            sources.close();
        }
        synchronized (endLock) {
            hasEnded = true;
        }
        runAll(commands::poll); // somebody waits for their answers
        libc.munmap(pollFds, (long) POLL_FDS * PollFd.SIZE);
        libc.munmap(messages.addressOffset(), messages.capacity());
    }

    private void runAll(Supplier<@Nullable Runnable> left) {
        for (Runnable next = left.get(); next != null; next = left.get()) {
            try {
                next.run();
            } catch (RuntimeException e) {
                log.log(Level.ERROR, "a command failed while the interface ended", e);
            }
        }
    }
}
