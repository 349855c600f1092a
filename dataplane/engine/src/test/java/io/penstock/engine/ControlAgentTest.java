package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control agent with a real lane beside it, each on a thread of its own. */
class ControlAgentTest {
    private static final int PEERS = 20_000;

    @TempDir
    private Path state;

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void movesTwentyThousandPeersAtOnce() throws Exception {
        try (TestTunnel tunnel = new TestTunnel(state, new TestTunnel.PlainMemory())) {
            Random random = new Random(1);
            tunnel.onControl(() -> add(tunnel, random));
            tunnel.link(true);
            tunnel.link(false);
            tunnel.link(true);
            tunnel.onControl(() -> {
                tunnel.device.removeAllPeers(System.nanoTime()); // replace_peers=true
                return add(tunnel, random);
            });
            tunnel.onControl(() -> {
                tunnel.device.removeAllPeers(System.nanoTime());
                return 0;
            });
            tunnel.await(() -> firstSlotIsFree(tunnel, random));
            assertEquals(List.of(), tunnel.log.complaints());
        }
    }

    private static int add(TestTunnel tunnel, Random random) {
        for (int i = 0; i < PEERS; i++) {
            tunnel.device.addPeer(key(random), System.nanoTime());
        }
        return tunnel.device.peerCount();
    }

    /** The lane has let go of the peers before: a new one gets the first of their slots. */
    private static boolean firstSlotIsFree(TestTunnel tunnel, Random random) {
        long nowNs = System.nanoTime();
        Peer peer = tunnel.device.addPeer(key(random), nowNs);
        tunnel.device.removePeer(peer, nowNs);
        return peer.slot() == 0;
    }

    private static PublicKey key(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return PublicKey.of(bytes);
    }
}
