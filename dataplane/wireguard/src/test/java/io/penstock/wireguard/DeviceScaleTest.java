package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.Initiation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many peers. */
class DeviceScaleTest {
    private final Wire wire = new Wire(Seeded.create());

    @Test
    void aThousandPeersConnectToOneHub() {
        Site hub = wire.site(1);
        List<Site> spokes = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            Site spoke = wire.site(1_000 + i);
            spokes.add(spoke);
            spoke.addPeer(hub);
            hub.device.addPeer(spoke.publicKey, wire.nowNs); // learns the endpoint
        }
        wire.latencyNs = 1;
        for (Site spoke : spokes) {
            spoke.ping(hub);
        }
        wire.run(1_000);
        assertEquals(1_000, hub.delivered.size());
        for (Site spoke : spokes) {
            assertEquals(spoke.address, hub.peer(spoke).endpoint());
            hub.ping(spoke);
        }
        wire.run(1_000);
        assertTrue(spokes.stream().allMatch(spoke -> spoke.delivered.size() == 1));
        assertEquals(1_000, hub.device.indexTable().size());
        assertEquals(0, wire.sent(hub, Initiation.TYPE).size());
    }

    /** Keepalives to ten thousand silent peers, each of which retries on its own time. */
    @Test
    void tenThousandDeadlinesAreKept() {
        Device device = new Device(wire.seeded, fastX25519(), new DirectMemory());
        device.setPrivateKey(wire.seeded.bytes(32), wire.nowNs);
        device.up(wire.nowNs);
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            Peer peer = device.addPeer(PublicKey.of(wire.seeded.bytes(32)), wire.nowNs);
            peer.endpoint(Endpoint.v4(i, 1));
            device.setPersistentKeepalive(peer, 25, wire.nowNs);
            peers.add(peer);
        }
        int[] sent = new int[10_000];
        long start = wire.nowNs;
        long now = start;
        while (now - start < 20 * Wire.SECOND) {
            for (Action action = device.poll(); action != null; action = device.poll()) {
                if (action instanceof Action.SendHandshake send && send.peer() != null) {
                    sent[send.peer().slot()]++;
                }
            }
            long deadline = device.deadlineNs();
            assertTrue(deadline - now > 0, wire.seeded::toString);
            now = deadline;
            device.onTime(now);
        }
        for (Peer peer : peers) {
            int tries = sent[peer.slot()];
            assertTrue(tries == 4, () -> tries + " initiations in 20 s");
        }
    }

    /** Quick and worthless: the test is about time, not secrets. */
    private static X25519 fastX25519() {
        return new X25519() {
            @Override
            public boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret) {
                for (int i = 0; i < 32; i++) {
                    sharedSecret[i] = (byte) ((privateKey[i] ^ publicKey[i]) | 1);
                }
                return true;
            }

            @Override
            public void publicKey(byte[] privateKey, byte[] publicKey) {
                for (int i = 0; i < 32; i++) {
                    publicKey[i] = (byte) (privateKey[i] + 1);
                }
            }
        };
    }
}
