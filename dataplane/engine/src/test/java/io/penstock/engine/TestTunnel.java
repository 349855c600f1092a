package io.penstock.engine;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.engine.io.FakeTunPort;
import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpSockets;
import io.penstock.engine.lane.Lane;
import io.penstock.engine.lane.Lanes;
import io.penstock.engine.lane.OffloadEvents;
import io.penstock.engine.lane.SleepState;
import io.penstock.engine.lane.Wakeup;
import io.penstock.engine.lane.WireRings;
import io.penstock.engine.lane.Workers;
import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.DeviceConfigurator;
import io.penstock.engine.uapi.PeerBlock;
import io.penstock.engine.wire.WireListener;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.SecretMemory;
import io.penstock.wireguard.SecretMemoryExhaustedException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A control agent and a lane on their own threads over a TUN in memory, a link that the test moves, and real UDP sockets.
 * Needs no root.
 */
final class TestTunnel implements AutoCloseable {
    /** Secret memory that the collector frees; a test has no secrets. */
    static final class PlainMemory implements SecretMemory {
        /** While set, nothing more is given out; of the control agent. */
        boolean isExhausted;

        @Override
        public UnsafeBuffer allocate(int lengthBytes) {
            if (isExhausted) {
                throw new SecretMemoryExhaustedException("a test's bound", null);
            }
            return new UnsafeBuffer(ByteBuffer.allocateDirect(lengthBytes));
        }

        @Override
        public void release(UnsafeBuffer secret) {
            secret.setMemory(0, secret.capacity(), (byte) 0);
        }
    }

    final RecordingLogger log = new RecordingLogger(Level.DEBUG);
    final Device device;
    final ControlAgent control;
    final DeviceConfigurator configurator;
    final TestLink link;
    final FakeTunPort tun = new FakeTunPort();
    final Lane lane;
    final TunnelWire wire; // without effect unless somebody listens
    private final Wakeup wakeup;
    private final Thread agent;

    TestTunnel(Path state, SecretMemory memory) throws Exception {
        this(state, memory, WireListener.NONE);
    }

    TestTunnel(Path state, SecretMemory memory, WireListener listener) throws Exception {
        LibC libc = new LibC();
        LibC laneCalls = new LibC();
        device = new Device(new SystemEntropy(), NativeX25519.choose(_ -> {}), memory);
        wakeup = new Wakeup(libc);
        SleepState sleep = new SleepState(wakeup);
        link = new TestLink(libc);
        control =
                new ControlAgent(log, libc, device, wakeup, sleep, link, new TimestampStore(state), _ -> {}, () -> {});
        configurator = new DeviceConfigurator(device, control);
        WireRings rings = new WireRings(listener::onRelayed);
        lane = new Lane(
                log,
                laneCalls,
                new TunPort[] {tun},
                0,
                new LinuxUdpPort(laneCalls, UdpSockets.NONE, 0, _ -> {}),
                AeadEngines.open("bouncycastle"),
                device,
                sleep,
                new NoOffloadEvents(),
                1420,
                () -> {},
                Workers.NONE,
                listener == WireListener.NONE ? null : rings);
        Lanes lanes = new Lanes(lane);
        control.lanes(lanes);
        wire = new TunnelWire(listener, rings, lanes, control::wake);
        if (listener != WireListener.NONE) {
            control.wire(wire);
        }
        lanes.start("test");
        agent = Thread.ofPlatform().name("control-test").start(control);
    }

    /** Runs {@code task} on the control agent and returns what it returns. */
    <T> T onControl(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        if (!control.submit(future)) {
            throw new AssertionError("the control agent has ended");
        }
        return future.get();
    }

    /** Applies what the control socket would; returns its errno. */
    int apply(Change... changes) throws Exception {
        return onControl(() -> configurator.apply(new PeerBlock(), List.of(changes), System.nanoTime()));
    }

    /** Makes a peer as the control socket does; returns its errno. */
    int select(PublicKey key) throws Exception {
        return apply(new Change.SelectPeer(key), new Change.EndOfPeer());
    }

    /** Returns once the control agent has seen the link so. */
    void link(boolean up) throws Exception {
        link.set(up);
        await(() -> device.isUp() == up);
    }

    /** Polls a condition on the control agent's thread, for ten seconds at most. */
    void await(Callable<Boolean> condition) throws Exception {
        long untilNs = System.nanoTime() + 10_000_000_000L;
        while (!onControl(condition)) {
            if (System.nanoTime() - untilNs > 0) {
                throw new AssertionError("not within ten seconds; log: " + log.complaints());
            }
            Thread.sleep(1);
        }
    }

    @Override
    public void close() {
        control.close();
        try {
            agent.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        wakeup.close();
        link.close();
    }

    private static final class NoOffloadEvents implements OffloadEvents {
        @Override
        public void onTcpMergeRefused() {}

        @Override
        public void onUdpMergeRefused() {}

        @Override
        public void onSegmentOffloadRefused(int errno) {}
    }
}
