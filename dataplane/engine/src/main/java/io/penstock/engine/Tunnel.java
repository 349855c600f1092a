package io.penstock.engine;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.filter.PacketFilter;
import io.penstock.engine.lane.Lane;
import io.penstock.engine.lane.Lanes;
import io.penstock.engine.lane.SleepState;
import io.penstock.engine.lane.Wakeup;
import io.penstock.engine.lane.WireRings;
import io.penstock.engine.memory.KeyVault;
import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Configuration;
import io.penstock.engine.uapi.DeviceConfigurator;
import io.penstock.engine.uapi.PeerBlock;
import io.penstock.engine.uapi.Snapshot;
import io.penstock.engine.wire.Wire;
import io.penstock.engine.wire.WireListener;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.tun.Tun;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A running WireGuard interface: TUN device, protocol state and packet path, wired together. It ends by {@link #close},
 * or by itself when its device is deleted. Thread-safe.
 */
public final class Tunnel implements AutoCloseable {
    /** Locked memory for keys at most: enough for the sessions of as many peers as an interface takes. */
    private static final long KEY_MEMORY_BOUND = 128L << 20;

    private final Logger log;
    private final String name;
    private final List<Tun> queues;
    private final Lanes lanes;
    private final Device device;
    private final ControlAgent control;
    private final DeviceConfigurator configurator;
    private final KeyVault vault;
    private final Wakeup controlWakeup;
    private final LinkWatcher link;
    private final AeadEngine aead;
    private final OffloadFallbacks fallbacks;
    private final @Nullable TunnelWire wire;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final LibC controlCalls = new LibC(); // of the control agent's thread
    private @Nullable ActiveFilter filter; // likewise

    private Tunnel(TunnelOptions options, Entropy entropy, Supplier<LibC> laneCalls, List<Tun> queues, AeadEngine aead)
            throws IOException, EngineUnavailableException {
        log = options.log();
        fallbacks = new OffloadFallbacks(log);
        this.queues = queues;
        Tun tun = queues.getFirst();
        name = tun.name();
        this.aead = aead;
        vault = new KeyVault(KEY_MEMORY_BOUND);
        device = new Device(
                entropy,
                NativeX25519.choose(reason -> log.log(Level.DEBUG, reason)),
                vault,
                options.rekeyAfter().toNanos());
        controlWakeup = new Wakeup(controlCalls);
        SleepState sleep = new SleepState(controlWakeup);
        link = LinkWatcher.open(controlCalls, tun, log);
        control = new ControlAgent(
                log,
                controlCalls,
                device,
                controlWakeup,
                sleep,
                link,
                new TimestampStore(TimestampStore.directoryIn(options.stateDirectory())),
                fallbacks::onSteeringRefused,
                this::requestClose);
        configurator =
                new DeviceConfigurator(device, control, control::onIdentity, DeviceConfigurator.heapBudgetBytes());
        WireRings rings = options.listener() == WireListener.NONE ? null : new WireRings(options.listener()::onRelayed);
        lanes = new PacketPath(log, laneCalls, device, sleep, fallbacks, this::requestClose, rings)
                .open(queues, aead, options.parallelism().workers());
        control.lanes(lanes);
        wire = rings == null ? null : new TunnelWire(options.listener(), rings, lanes, control::wake);
        if (wire != null) {
            control.wire(wire);
        }
    }

    /**
     * Makes the interface, or adopts it, and starts its threads. The interface is down until somebody sets it up.
     *
     * @throws EngineUnavailableException if the cipher engine asked for cannot be used
     * @throws IOException an {@code ErrnoException} mostly; nothing is left behind then
     */
    public static Tunnel open(TunnelOptions options) throws IOException, EngineUnavailableException {
        return open(options, new SystemEntropy(), LibC::new);
    }

    /** For tests that must know the keys, or have the system calls of lanes fail. */
    static Tunnel open(TunnelOptions options, Entropy entropy, Supplier<LibC> laneCalls)
            throws IOException, EngineUnavailableException {
        AeadEngine aead = AeadEngines.choose(options.aead(), options.log());
        List<Tun> queues = options.tunFd() >= 0
                ? List.of(Tun.adopt(options.tunFd()))
                : openQueues(options.name(), options.parallelism().lanes());
        Tunnel tunnel;
        try {
            tunnel = new Tunnel(options, entropy, laneCalls, queues, aead);
            tunnel.setFirstMtu(options.tunFd() < 0);
        } catch (IOException | EngineUnavailableException | RuntimeException e) {
            queues.forEach(Tun::close);
            throw e;
        }
        options.log().log(Level.INFO, () -> "cipher engine is " + aead.describe());
        tunnel.start();
        return tunnel;
    }

    /** A device with one queue is an ordinary one: only several need {@code IFF_MULTI_QUEUE}. */
    private static List<Tun> openQueues(String name, int count) throws ErrnoException {
        int flags = Tun.IFF_TUN | Tun.IFF_NO_PI | Tun.IFF_VNET_HDR | (count > 1 ? Tun.IFF_MULTI_QUEUE : 0);
        List<Tun> queues = new ArrayList<>();
        try {
            queues.add(Tun.open(name, flags | (count > 1 ? Tun.IFF_TUN_EXCL : 0)));
            while (queues.size() < count) {
                queues.add(Tun.open(queues.getFirst().name(), flags));
            }
        } catch (ErrnoException e) {
            queues.forEach(Tun::close);
            throw e;
        }
        return List.copyOf(queues);
    }

    /** Of an adopted device too, as wireguard-go does; but that works with another MTU, if whoever adopts may not change it. */
    private void setFirstMtu(boolean isNew) throws ErrnoException {
        try {
            link.setMtu(TunnelOptions.DEFAULT_MTU);
        } catch (ErrnoException e) {
            if (isNew) {
                throw e;
            }
            log.log(Level.WARNING, "the MTU stays {0}: {1}", Integer.toString(link.mtu()), e.getMessage());
        }
    }

    private void start() {
        lanes.start(name);
        Thread.ofPlatform().name("control-" + name).start(() -> {
            control.run();
            finish();
        });
    }

    /** The interface's name when it was opened. */
    public String name() {
        return name;
    }

    /** The cipher engine in use at the moment, with its version and what helps it. */
    public String aead() {
        return aead.describe();
    }

    /** For tests that look into the packet path. */
    Lane lane() {
        return lanes.first();
    }

    /** What the control socket sets and reads. */
    public Configuration configuration() {
        return new Configuration() {
            @Override
            public int apply(PeerBlock block, List<Change> changes) {
                return onControl(() -> configurator.apply(block, changes, System.nanoTime()));
            }

            @Override
            public int read(Snapshot snapshot) {
                return onControl(() -> configurator.read(snapshot));
            }
        };
    }

    /**
     * The sockets, for whoever finds the paths to the peers.
     *
     * @throws IllegalStateException if the tunnel was opened without a listener
     */
    public Wire wire() {
        if (wire == null) {
            throw new IllegalStateException("this tunnel was opened without a WireListener");
        }
        return wire;
    }

    /**
     * Filters what comes in from peers by these rules from here on. Flows that have begun under the rules before are remembered, and
     * judged by these. Until the first call nothing is filtered: whoever has no rules yet calls it with {@link PacketFilter#NOTHING}.
     *
     * <p>Returns when the rules are on their way: each lane uses them for all that it reads after what it has in hand.
     */
    public void filter(PacketFilter rules) {
        onControl(() -> {
            long nowNs = System.nanoTime();
            filter = filter == null ? ActiveFilter.first(rules, new SecureRandom(), nowNs) : filter.with(rules);
            lanes.filter(filter, controlCalls);
            return 0;
        });
    }

    /** Packets and messages dropped so far, by reason; a consistent number each, not all of one instant. */
    public Map<DropReason, Long> drops() {
        Map<DropReason, Long> counts = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            counts.put(reason, lanes.drops(reason) + control.drops(reason));
        }
        return counts;
    }

    /** How often the packet path has gone on without an offload that the kernel refused, by kind. */
    public Map<OffloadFallbacks.Kind, Long> offloadFallbacks() {
        return fallbacks.counts();
    }

    private int onControl(IntSupplier task) {
        FutureTask<Integer> future = new FutureTask<>(task::getAsInt);
        if (!control.submit(future)) {
            return -Errno.ENODEV;
        }
        boolean interrupted = false;
        while (true) {
            try {
                int result = future.get();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return result;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException("configuration", e.getCause());
            }
        }
    }

    private void requestClose() {
        control.close();
    }

    /** Runs once, when the control agent has ended: its own resources are freed already. */
    private void finish() {
        queues.forEach(Tun::close);
        link.close();
        controlWakeup.close();
        vault.close();
        closed.countDown();
    }

    /** Ends the tunnel and waits until the interface is gone and all keys are wiped. Idempotent. */
    @Override
    public void close() {
        requestClose();
        boolean interrupted = false;
        while (true) {
            try {
                awaitClosed();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Blocks until the tunnel has ended. */
    public void awaitClosed() throws InterruptedException {
        closed.await();
    }
}
