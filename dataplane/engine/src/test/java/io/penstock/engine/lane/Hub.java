package io.penstock.engine.lane;

import com.sun.management.ThreadMXBean;
import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.MemoryTunPort;
import io.penstock.engine.io.MemoryUdpPort;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.wireguard.Action;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.SecretMemory;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import io.penstock.wireguard.wire.Data;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A lane with very many peers, some of which have sessions that a handshake has made, over ports in memory that cost next to
 * nothing. What is measured or counted here is the lane, the look-ups and the cipher; no kernel and no network. One thread.
 */
final class Hub implements AutoCloseable {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Address of peer {@code i} in the tunnel and outside: these and {@code i}. */
    private static final int INNER = 0x0a000000;

    private static final int OUTER = 0xc6120000;
    private static final int OWN_INNER = 0x0b000001;
    private static final int PORT = 51820;
    private static final int QUEUE_CAPACITY = 4096;

    final Device device;
    final Lane lane;
    private final MemoryTunPort tun = new MemoryTunPort();
    private final MemoryUdpPort udp = new MemoryUdpPort();
    private final AeadEngine sealer;
    private final Entropy entropy;
    private final X25519 x25519;
    private final List<Remote> active = new ArrayList<>();
    private final long nowNs = System.nanoTime();
    private final Data header = new Data();
    private final AeadBatch sealing = new AeadBatch();
    private long arriving;
    private long arrivingLength;
    private long allocatedBytes;

    /** The other end of a session. */
    private record Remote(Peer atHub, int address, Endpoint endpoint, Keypair keypair) {}

    /** What arrives or leaves: how many datagrams go to or come from one peer at a time, and their length. */
    record Shape(int run, int payloadBytes) {}

    /**
     * @param aead the lane's, closed with it
     * @param sealer for what arrives; closed with this hub
     * @param configured peers, of which {@code active} have sessions, evenly spread
     */
    Hub(
            int configured,
            int active,
            AeadEngine aead,
            AeadEngine sealer,
            X25519 x25519,
            SecretMemory memory,
            Entropy entropy)
            throws ErrnoException {
        this.sealer = sealer;
        this.entropy = entropy;
        this.x25519 = x25519;
        device = device(memory);
        LibC libc = new LibC();
        lane = new Lane(
                System.getLogger("hub"),
                libc,
                tun,
                udp,
                aead,
                device,
                new SleepState(new Wakeup(libc)),
                new NoEvents(),
                1420,
                () -> {});
        int step = configured / active;
        for (int i = 0; i < configured; i++) {
            boolean isActive = i % step == 0 && this.active.size() < active;
            Device remote = isActive ? device(memory) : null;
            Peer peer = device.addPeer(remote == null ? anybody() : keyOf(remote), nowNs);
            Endpoint endpoint = Endpoint.v4(OUTER + i, PORT);
            peer.endpoint(endpoint);
            device.allowedIps().insert(Prefix.v4(INNER + i, 32), peer);
            if (remote != null) {
                this.active.add(new Remote(peer, INNER + i, endpoint, shakeHands(peer, remote)));
            }
        }
    }

    private Device device(SecretMemory memory) {
        Device made = new Device(entropy, x25519, memory);
        byte[] privateKey = new byte[32];
        entropy.fill(privateKey);
        made.setWallClock(nowNs, 1_800_000_000L, 0);
        made.setPrivateKey(privateKey, nowNs);
        made.up(nowNs);
        return made;
    }

    private PublicKey anybody() {
        byte[] key = new byte[32];
        entropy.fill(key);
        return PublicKey.of(key);
    }

    private static PublicKey keyOf(Device device) {
        PublicKey key = device.publicKey();
        if (key == null) {
            throw new AssertionError("no private key");
        }
        return key;
    }

    /** The hub initiates, so that its new keys are in use at once. Returns the other end's. */
    private Keypair shakeHands(Peer peer, Device remote) {
        Peer hubAtRemote = remote.addPeer(keyOf(device), nowNs);
        peer.activity().requestHandshake();
        device.touched().add(peer);
        device.drainActivity(nowNs);
        pass(device, remote);
        pass(remote, device);
        pass(device, remote);
        Keypair keypair = hubAtRemote.next();
        if (keypair == null || peer.current() == null) {
            throw new AssertionError("no session");
        }
        return keypair;
    }

    private void pass(Device from, Device to) {
        for (Action action = from.poll(); action != null; action = from.poll()) {
            if (action instanceof Action.SendHandshake send) {
                UnsafeBuffer datagram = new UnsafeBuffer(send.datagram());
                to.onHandshake(datagram, 0, datagram.capacity(), Endpoint.v4(OUTER, PORT), 0, QUEUE_CAPACITY, nowNs);
            }
        }
    }

    /**
     * Sends {@code reads} packets or superpackets of the interface, to one of the first {@code peers} active peers after the other,
     * in an order without a pattern.
     *
     * @return nanoseconds of this thread's CPU time
     */
    long send(int peers, Shape shape, int reads) {
        int[] order = order(peers);
        int[] destinations = new int[peers];
        for (int i = 0; i < peers; i++) {
            destinations[i] = active.get(order[i]).address;
        }
        byte[] payload = new byte[shape.run * shape.payloadBytes];
        byte[] packet = shape.run == 1
                ? Packets.udp4(OWN_INNER, INNER, payload)
                : Packets.tcpSuperpacket4(OWN_INNER, INNER, 1_000, payload, shape.payloadBytes);
        tun.offer(packet, destinations, reads);
        return run(false);
    }

    /**
     * Receives {@code messages}, each a run of datagrams of one of the first {@code peers} active peers, in an order without a pattern.
     *
     * @return nanoseconds of this thread's CPU time
     */
    long receive(int peers, Shape shape, int messages) {
        int inner = shape.payloadBytes + (shape.run == 1 ? 28 : 40);
        int plaintext = (inner + 15) / 16 * 16;
        int datagram = Data.OVERHEAD + plaintext;
        long length = (long) messages * shape.run * datagram;
        if (arrivingLength < length) {
            freeArriving();
            arriving = Memory.slab(length);
            arrivingLength = length;
        }
        int[] order = order(peers);
        Endpoint[] sources = new Endpoint[peers];
        for (int i = 0; i < peers; i++) {
            sources[i] = active.get(order[i]).endpoint;
        }
        byte[] payload = new byte[shape.payloadBytes];
        UnsafeBuffer view = new UnsafeBuffer(arriving, (int) length);
        for (int message = 0; message < messages; message++) {
            Remote from = active.get(order[message % peers]);
            long counter = from.keypair.reserveCounters(shape.run);
            for (int i = 0; i < shape.run; i++) {
                byte[] packet = shape.run == 1
                        ? Packets.udp4(from.address, OWN_INNER, payload)
                        : Packets.tcp4(from.address, OWN_INNER, 1_000 + i * shape.payloadBytes, payload);
                int at = (message * shape.run + i) * datagram;
                view.putBytes(at + Data.HEADER_LENGTH, packet, Packets.VNET, packet.length - Packets.VNET);
                header.wrap(view, at, datagram).putHeader(from.keypair.remoteIndex(), counter + i);
                long address = arriving + at + Data.HEADER_LENGTH;
                sealing.add(from.keypair.sendKeyAddress(), counter + i, address, address, plaintext);
                if (sealing.isFull()) {
                    sealer.seal(sealing);
                    sealing.clear();
                }
            }
        }
        sealer.seal(sealing);
        sealing.clear();
        udp.offer(arriving, shape.run * datagram, datagram, messages, sources);
        return run(true);
    }

    private long run(boolean inbound) {
        long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        long startNs = THREADS.getCurrentThreadCpuTime(); // others may be at work on this machine
        while (inbound ? udp.left() > 0 : tun.left() > 0) {
            lane.round(inbound, false, !inbound, nowNs);
        }
        long tookNs = THREADS.getCurrentThreadCpuTime() - startNs;
        allocatedBytes = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
        return tookNs;
    }

    /** What the last {@link #send} or {@link #receive} allocated in the lane. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** Peers as they take turns: far apart in memory, and spread over all that are active. */
    private int[] order(int peers) {
        int[] order = new int[peers];
        int step = active.size() / peers;
        for (int i = 0; i < peers; i++) {
            order[i] = i * step;
        }
        Random random = new Random(peers);
        for (int i = peers - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[other];
            order[other] = swapped;
        }
        return order;
    }

    MemoryTunPort tun() {
        return tun;
    }

    MemoryUdpPort udp() {
        return udp;
    }

    private void freeArriving() {
        if (arriving != 0) {
            new LibC().munmap(arriving, arrivingLength);
            arriving = 0;
        }
    }

    @Override
    public void close() {
        lane.close();
        tun.close();
        sealer.close();
        freeArriving();
    }

    private static final class NoEvents implements OffloadEvents {
        @Override
        public void onTcpMergeRefused() {}

        @Override
        public void onUdpMergeRefused() {}

        @Override
        public void onSegmentOffloadRefused(int errno) {}
    }
}
