package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.FakeTunPort;
import io.penstock.engine.io.FakeUdpPort;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.TunPort;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.Action;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.SecretMemory;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** One end of a tunnel in memory: a lane over fake ports, and its device stepped by hand on the test's thread. */
final class Site implements AutoCloseable {
    /** Secret memory that the collector frees; a test has no secrets. */
    static final class PlainMemory implements SecretMemory {
        @Override
        public UnsafeBuffer allocate(int lengthBytes) {
            return new UnsafeBuffer(ByteBuffer.allocateDirect(lengthBytes));
        }

        @Override
        public void release(UnsafeBuffer secret) {
            secret.setMemory(0, secret.capacity(), (byte) 0);
        }
    }

    private record SeededEntropy(Random random) implements Entropy {
        @Override
        public void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        public int nextInt() {
            return random.nextInt();
        }
    }

    final Endpoint address;
    final FakeTunPort tun = new FakeTunPort();
    final FakeUdpPort udp;
    final Device device;
    final Lane lane;
    final List<String> events = new ArrayList<>();
    private final SendBatch sending =
            new SendBatch(new UnsafeBuffer(ByteBuffer.allocateDirect(SendBatch.CAPACITY * 256)));
    final @Nullable WireRings rings;
    private final LibC libc = new LibC();

    Site(FakeUdpPort.Wire wire, String address, long seed, AeadEngine aead, long nowNs) throws ErrnoException {
        this(wire, address, seed, aead, nowNs, null);
    }

    /** @param rings null where nobody finds paths */
    Site(FakeUdpPort.Wire wire, String address, long seed, AeadEngine aead, long nowNs, @Nullable WireRings rings)
            throws ErrnoException {
        this.rings = rings;
        this.address = Endpoint.parse(address);
        udp = new FakeUdpPort(wire, this.address);
        device = new Device(new SeededEntropy(new Random(seed)), new BouncyCastleX25519(), new PlainMemory());
        byte[] privateKey = new byte[32];
        new Random(~seed).nextBytes(privateKey);
        device.setWallClock(nowNs, 1_800_000_000L, 0);
        device.setPrivateKey(privateKey, nowNs);
        device.up(nowNs);
        OffloadEvents offloads = new OffloadEvents() {
            @Override
            public void onTcpMergeRefused() {
                events.add("tcp merge refused");
            }

            @Override
            public void onUdpMergeRefused() {
                events.add("udp merge refused");
            }

            @Override
            public void onSegmentOffloadRefused(int errno) {
                events.add("segment offload refused");
            }
        };
        lane = new Lane(
                System.getLogger("test"),
                libc,
                new TunPort[] {tun},
                0,
                udp,
                aead,
                device,
                new SleepState(new Wakeup(libc)),
                offloads,
                1420,
                () -> events.add("device end"),
                Workers.NONE,
                rings);
    }

    PublicKey publicKey() {
        PublicKey key = device.publicKey();
        if (key == null) {
            throw new AssertionError("no private key");
        }
        return key;
    }

    /** Makes {@code other} a peer that owns {@code prefixes}. */
    Peer addPeer(Site other, long nowNs, String... prefixes) {
        Peer peer = device.addPeer(other.publicKey(), nowNs);
        peer.endpoint(other.address);
        for (String prefix : prefixes) {
            device.allowedIps().insert(Prefix.parse(prefix), peer);
        }
        return peer;
    }

    /** One round of lane and control; true when there may be more to do at once. */
    boolean step(long nowNs) {
        boolean readable = udp.isReadable();
        lane.round(readable, false, true, nowNs);
        int queued = lane.handshakes().size();
        lane.handshakes()
                .drain(
                        (datagram, offset, length, source) -> device.onHandshake(
                                datagram, offset, length, source, queued, HandshakeRing.CAPACITY, nowNs),
                        64);
        device.drainActivity(nowNs);
        device.onTime(nowNs);
        boolean acted = false;
        for (Action action = device.poll(); action != null; action = device.poll()) {
            acted = true;
            switch (action) {
                case Action.SendHandshake send -> send(send);
                case Action.Confirm confirm -> lane.proxy().confirm(confirm.peer(), libc);
                case Action.SendKeepalive keepalive -> lane.proxy().confirm(keepalive.peer(), libc);
                case Action.SendStaged staged -> lane.proxy().sendStaged(staged.peer(), libc);
                case Action.DropStaged drop -> lane.proxy().dropStaged(drop.peer(), libc);
                case Action.Retire retire -> lane.proxy().post(retire.keypair()::wipe, libc);
                case Action.RemovePeer remove -> device.releaseSlot(remove.peer());
                case Action.PersistTimestamp _ -> {}
                case Action.HandshakeCompleted _ -> events.add("handshake completed");
            }
        }
        lane.round(false, false, false, nowNs);
        return acted || udp.isReadable();
    }

    private void send(Action.SendHandshake send) {
        if (rings != null && send.to().isRelay()) {
            rings.sendByRelay(send.to().low(), send.datagram());
            return;
        }
        sending.slab().putBytes(0, send.datagram());
        sending.add(send.to(), send.trafficClass(), 0, send.datagram().length);
        udp.send(sending);
        sending.clear();
    }

    @Override
    public void close() {
        lane.close();
    }
}
