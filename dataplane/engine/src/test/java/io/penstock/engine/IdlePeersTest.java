package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.NativeX25519;
import io.penstock.engine.memory.KeyVault;
import io.penstock.wireguard.Action;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What a peer costs that nothing is heard of: on the heap and in locked memory, without a session and with one. */
class IdlePeersTest {
    private static final int PEERS = 10_000;
    private static final int SESSIONS = 1_000;
    private static final long MOST_BYTES = 8 << 10;

    /** Without a session a peer is its keys, its timers and two prefixes. */
    private static final long MOST_BYTES_WITHOUT_SESSION = 2 << 10;

    private static final long APART_NS = 10_000_000_000L; // a handshake needs some distance from the one before

    private final SystemEntropy entropy = new SystemEntropy();
    private final X25519 x25519 = NativeX25519.choose(_ -> {});

    @Test
    void aPeerTakesLessThanEightKibibytes() throws Exception {
        try (KeyVault vault = new KeyVault(64L << 20);
                KeyVault vaultOfRemotes = new KeyVault(64L << 20)) {
            byte[][] remoteKeys = new byte[SESSIONS][Protocol.KEY_LENGTH];
            Device hub = device(vault, privateKey(new byte[Protocol.KEY_LENGTH]), 0);
            long heapBefore = heapAfterCollection();
            long lockedBefore = vault.lockedBytes();
            List<Peer> peers = new ArrayList<>(PEERS);
            for (int i = 0; i < PEERS; i++) {
                byte[] privateKey = privateKey(i < SESSIONS ? remoteKeys[i] : new byte[Protocol.KEY_LENGTH]);
                peers.add(configure(hub, i, privateKey));
            }
            long heapConfigured = heapAfterCollection();
            long lockedConfigured = vault.lockedBytes();
            for (int i = 0; i < SESSIONS; i++) {
                for (int session = 0; session < 2; session++) { // the current one, and the one before
                    shakeHands(hub, peers.get(i), remoteKeys[i], vaultOfRemotes, 1 + APART_NS * session);
                }
            }
            long heapInUse = heapAfterCollection();
            Cost configured =
                    new Cost((heapConfigured - heapBefore) / PEERS, (lockedConfigured - lockedBefore) / PEERS);
            Cost sessions = new Cost(
                    (heapInUse - heapConfigured) / SESSIONS, (vault.lockedBytes() - lockedConfigured) / SESSIONS);
            System.out.println("an idle peer takes " + configured + ", and two sessions " + sessions);
            assertTrue(configured.bytes() <= MOST_BYTES_WITHOUT_SESSION, configured::toString);
            assertTrue(configured.bytes() + sessions.bytes() <= MOST_BYTES, () -> configured + " and " + sessions);
            assertEquals(PEERS, hub.peerCount());
        }
    }

    private record Cost(long heapBytes, long lockedBytes) {
        long bytes() {
            return heapBytes + lockedBytes;
        }

        @Override
        public String toString() {
            return bytes() + " bytes (" + heapBytes + " of the heap, " + lockedBytes + " locked)";
        }
    }

    private byte[] privateKey(byte[] key) {
        entropy.fill(key);
        return key;
    }

    private Device device(KeyVault vault, byte[] privateKey, long nowNs) {
        Device device = new Device(entropy, x25519, vault);
        device.setWallClock(nowNs, 1_800_000_000L + nowNs / 1_000_000_000L, 0);
        device.setPrivateKey(privateKey, nowNs);
        device.up(nowNs);
        return device;
    }

    /** As in a site of its own: an endpoint with a source, a prefix of each family. */
    private Peer configure(Device hub, int number, byte[] privateKey) {
        byte[] publicKey = new byte[Protocol.KEY_LENGTH];
        x25519.publicKey(privateKey, publicKey);
        Peer peer = hub.addPeer(PublicKey.of(publicKey), 0);
        peer.endpoint(Endpoint.v4(0xc6120000 + number, 51820).withLocal(0, 0xc6120001L, 0));
        hub.allowedIps().insert(Prefix.v4(0x0a000000 + number, 32), peer);
        hub.allowedIps().insert(Prefix.v6(0xfd00_0000_0000_0000L, number, 128), peer);
        return peer;
    }

    /** The other end lives for this only: nothing of it is to be measured. */
    private void shakeHands(Device hub, Peer peer, byte[] remoteKey, KeyVault vaultOfRemotes, long nowNs) {
        PublicKey hubKey = Objects.requireNonNull(hub.publicKey());
        Device remote = device(vaultOfRemotes, remoteKey, nowNs);
        remote.addPeer(hubKey, nowNs);
        Keypair before = peer.current();
        hub.setWallClock(nowNs, 1_800_000_000L + nowNs / 1_000_000_000L, 0);
        peer.activity().requestHandshake();
        hub.touched().add(peer);
        hub.drainActivity(nowNs);
        pass(hub, remote, nowNs);
        pass(remote, hub, nowNs);
        pass(hub, remote, nowNs);
        assertNotEquals(before, peer.current(), "a session was made");
        remote.setPrivateKey(null, nowNs);
        remote.removeAllPeers(nowNs);
    }

    private static void pass(Device from, Device to, long nowNs) {
        for (Action action = from.poll(); action != null; action = from.poll()) {
            if (action instanceof Action.SendHandshake send) {
                UnsafeBuffer datagram = new UnsafeBuffer(send.datagram());
                to.onHandshake(datagram, 0, datagram.capacity(), Endpoint.v4(0xc6120001, 51820), 0, 4096, nowNs);
            }
        }
    }

    /** Bytes in use when nothing more can be freed. */
    private static long heapAfterCollection() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
