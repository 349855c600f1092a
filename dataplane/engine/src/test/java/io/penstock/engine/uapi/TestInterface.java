package io.penstock.engine.uapi;

import io.penstock.wireguard.Action;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.SecretMemory;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.peer.Peer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** A real device behind the control socket's text, with sockets that only remember, on one thread. */
final class TestInterface implements Configuration, SocketSettings {
    final List<Action> actions = new ArrayList<>();
    final Device device;
    private final DeviceConfigurator configurator;
    long nowNs = 1_000_000_000_000L;
    int reads;
    Consumer<@Nullable PublicKey> onIdentity = key -> {};
    private int listenPort;
    private int fwmark;

    TestInterface(long seed) {
        this(seed, Long.MAX_VALUE);
    }

    /** @param budgetBytes heap that peers and prefixes may take */
    TestInterface(long seed, long budgetBytes) {
        Random random = new Random(seed);
        device = new Device(
                new Entropy() {
                    @Override
                    public void fill(byte[] bytes) {
                        random.nextBytes(bytes);
                    }

                    @Override
                    public int nextInt() {
                        return random.nextInt();
                    }
                },
                new BouncyCastleX25519(),
                new DirectMemory());
        device.setWallClock(nowNs, 1_700_000_000, 0);
        configurator = new DeviceConfigurator(device, this, key -> onIdentity.accept(key), budgetBytes);
    }

    @Override
    public int apply(PeerBlock block, List<Change> changes) {
        int status = configurator.apply(block, changes, nowNs);
        for (Action action = device.poll(); action != null; action = device.poll()) {
            if (action instanceof Action.Retire retire) {
                retire.keypair().wipe();
            } else if (action instanceof Action.RemovePeer removal) {
                device.releaseSlot(removal.peer());
            }
            actions.add(action);
        }
        return status;
    }

    @Override
    public int read(Snapshot snapshot) {
        reads++;
        return configurator.read(snapshot);
    }

    @Override
    public int listenPort() {
        return listenPort;
    }

    /** Port 1 is taken. */
    @Override
    public int setListenPort(int port) {
        if (port == 1) {
            return -13;
        }
        listenPort = port;
        return 0;
    }

    @Override
    public int fwmark() {
        return fwmark;
    }

    /** Mark 1 is refused. */
    @Override
    public int setFwmark(int mark) {
        if (mark == 1) {
            return -1;
        }
        fwmark = mark;
        return 0;
    }

    Peer peer(String hex) {
        Peer peer = device.peer(PublicKey.parseHex(hex));
        if (peer == null) {
            throw new AssertionError("no peer " + hex);
        }
        return peer;
    }

    /** Sends lines as one set request; returns its errno. */
    int set(String... lines) {
        String reply = SessionDriver.exchange(this, "set=1\n" + String.join("\n", lines) + "\n\n");
        if (!reply.startsWith("errno=") || !reply.endsWith("\n\n")) {
            throw new AssertionError(reply);
        }
        return Integer.parseInt(reply.substring(6).strip());
    }

    List<String> get() {
        return SessionDriver.exchange(this, "get=1\n\n").lines().toList();
    }

    private static final class DirectMemory implements SecretMemory {
        @Override
        public UnsafeBuffer allocate(int lengthBytes) {
            return new UnsafeBuffer(ByteBuffer.allocateDirect(lengthBytes + 8).alignedSlice(8), 0, lengthBytes);
        }

        @Override
        public void release(UnsafeBuffer region) {
            region.setMemory(0, region.capacity(), (byte) 0);
        }
    }
}
