package io.penstock.node.coordination;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.MapReader;
import io.penstock.node.coordination.core.NetMapReader;
import io.penstock.node.coordination.core.NodeSettings;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A client with a loop of its own, and what it has told. */
final class NodeUnderTest implements AutoCloseable {
    static final X25519 DH = new BouncyCastleX25519();

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<CoordinationEvent> events = new LinkedBlockingQueue<>();
    private final List<CoordinationEvent> seen = new ArrayList<>();
    private final Seeded entropy;
    private final PrivateKey machine;
    final NodeKey key;
    final CoordinationClient client;

    private NodeUnderTest(
            CoordinatorAddress address, long seed, String authKey, @Nullable MachineKey known, int version)
            throws Exception {
        this(address, seed, authKey, known, version, NetMapReader::new);
    }

    private NodeUnderTest(
            CoordinatorAddress address,
            long seed,
            String authKey,
            @Nullable MachineKey known,
            int version,
            MapReader.Factory maps)
            throws Exception {
        entropy = new Seeded(seed);
        machine = PrivateKey.generate(entropy);
        key = newKey();
        client = CoordinationClient.start(
                address,
                new ClientPlatform(
                        loops.next(),
                        DH,
                        entropy,
                        lookup -> Thread.ofVirtual().name("resolver").start(lookup),
                        InstantSource.system(),
                        maps),
                machine,
                new NodeSettings(key, known, authKey, false, version),
                status("127.0.0.1:1"),
                events::add);
    }

    static NodeUnderTest start(CoordinatorAddress address, String authKey) throws Exception {
        return new NodeUnderTest(address, 42, authKey, null, CapabilityVersion.OURS);
    }

    /** What it makes of maps is the test's. */
    static NodeUnderTest reading(MapReader.Factory maps, CoordinatorAddress address, String authKey) throws Exception {
        return new NodeUnderTest(address, 42, authKey, null, CapabilityVersion.OURS, maps);
    }

    static NodeUnderTest thatKnows(MachineKey known, CoordinatorAddress address) throws Exception {
        return new NodeUnderTest(address, 42, "", known, CapabilityVersion.OURS);
    }

    static NodeUnderTest ofVersion(int version, CoordinatorAddress address) throws Exception {
        return new NodeUnderTest(address, 42, "", null, version);
    }

    NodeKey newKey() {
        return new NodeKey(PrivateKey.generate(entropy).publicKey(DH));
    }

    static NodeStatus status(String endpoint) {
        Hostinfo hostinfo = Hostinfo.builder()
                .os("linux")
                .hostname("laptop")
                .backendLogId("none")
                .netInfo(NetInfo.builder().preferredDerp(900).build())
                .build();
        return new NodeStatus(
                hostinfo,
                DiscoKey.of(new byte[] {
                    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
                    28, 29, 30, 31, 32
                }),
                List.of(Endpoint.parse(endpoint)),
                List.of(MapRequest.ENDPOINT_LOCAL));
    }

    /** The next event of this kind; those before it are passed over. */
    <E extends CoordinationEvent> E await(Class<E> kind) throws InterruptedException {
        long endNs = System.nanoTime() + PATIENCE_NS;
        while (true) {
            CoordinationEvent event = events.poll(endNs - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new AssertionError("no " + kind.getSimpleName() + " after " + seen);
            }
            seen.add(event);
            if (kind.isInstance(event)) {
                return kind.cast(event);
            }
        }
    }

    static void until(BooleanSupplier condition) throws InterruptedException {
        long endNs = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                throw new AssertionError("has not happened");
            }
            Thread.sleep(10);
        }
    }

    @Override
    public void close() {
        client.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        machine.wipe();
    }
}
