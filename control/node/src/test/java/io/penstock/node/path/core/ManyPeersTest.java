package io.penstock.node.path.core;

import static io.penstock.node.path.core.World.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Node;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a thousand peers cost. */
class ManyPeersTest {
    private static final int PEERS = 1000;
    private static final BouncyCastleX25519 X25519 = new BouncyCastleX25519();

    private final Seeded entropy = new Seeded(3);
    private final List<Node> peers = new ArrayList<>();
    private final PathCore core = new PathCore(X25519, entropy, PrivateKey.generate(entropy), PathSettings.DEFAULT);
    private final Node self =
            Maps.node(1, key(), core.discoKey(), List.of(Prefix.parse("100.64.0.1/32")), List.of(), World.REGION);
    private long nowNs;

    ManyPeersTest() {
        for (int i = 0; i < PEERS; i++) {
            peers.add(Maps.node(
                    2 + i,
                    key(),
                    new DiscoKey(key().value()),
                    List.of(Prefix.v4(0x64400100 + i, 32)),
                    List.of(Endpoint.v4(0xcb007100 + i, 41641), Endpoint.v4(0x0a000100 + i, 41641)),
                    World.REGION));
        }
    }

    private NodeKey key() {
        return new NodeKey(PrivateKey.generate(entropy).publicKey(X25519));
    }

    private int drain() {
        int count = 0;
        for (PathAction action = core.poll(); action != null; action = core.poll()) {
            count++;
            if (action instanceof PathAction.MeasureConnect measure) {
                core.onConnectTime(measure.region(), 10_000_000, nowNs);
            }
        }
        return count;
    }

    private int run(long forNs) {
        long endNs = nowNs + forNs;
        int actions = 0;
        while (core.leftNs(nowNs) <= endNs - nowNs) {
            nowNs += core.leftNs(nowNs);
            core.onTime(nowNs);
            actions += drain();
        }
        nowNs = endNs;
        return actions;
    }

    @Test
    void restCostsNothing() {
        core.onMap(Maps.map(self, peers, World.relays()), nowNs);
        assertEquals(PEERS, drain(), "an endpoint each");
        core.onPort(41641, nowNs);
        core.onLocalAddresses(List.of(Endpoint.v4(0xc6336401, 0)), true, nowNs);
        run(60 * SECOND);
        assertEquals(World.REGION, core.home());
        assertEquals(Long.MAX_VALUE, core.leftNs(nowNs), "nothing is looked at without traffic");
        core.onMap(Maps.map(self, peers, World.relays()), nowNs);
        assertEquals(0, drain(), "the same map");
    }

    @Test
    void activeOnesCostAFewPingsASecondEach() {
        core.onMap(Maps.map(self, peers, World.relays()), nowNs);
        core.onPort(41641, nowNs);
        core.onLocalAddresses(List.of(Endpoint.v4(0xc6336401, 0)), true, nowNs);
        run(10 * SECOND);
        for (Node peer : peers) {
            core.onTraffic(peer.key(), true, true, nowNs);
        }
        drain();
        long startNs = System.nanoTime();
        int actions = 0;
        for (int second = 0; second < 30; second++) {
            for (Node peer : peers) {
                core.onTraffic(peer.key(), true, true, nowNs);
            }
            actions += drain() + run(SECOND);
        }
        long tookNs = System.nanoTime() - startNs;
        assertTrue(actions > 0 && actions < 30 * PEERS, actions + " packets in 30 s");
        assertTrue(tookNs < 15 * SECOND, () -> tookNs / 1_000_000 + " ms for 30 s of 1,000 peers");
    }

    @Test
    void forgetsThoseThatLeft() {
        core.onMap(Maps.map(self, peers, World.relays()), nowNs);
        core.onTraffic(peers.getFirst().key(), true, true, nowNs);
        core.onMap(Maps.map(self, peers.subList(1, 3), World.relays()), nowNs);
        assertEquals(2, core.views(nowNs).size());
        assertEquals(0, core.relayId(peers.getFirst().key()));
        drain();
        assertEquals(0, run(10 * SECOND), "nothing more for the one that had traffic");
    }
}
