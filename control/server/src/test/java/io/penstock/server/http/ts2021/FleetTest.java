package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.protocol.message.RegisterAuth;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.server.model.Node;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many nodes at once: all get in, each as itself, and nothing is left when they have gone. */
class FleetTest {
    private static final int NODES = Integer.getInteger("penstock.fleet", 200);
    private static final int AT_ONCE = 32;

    @TempDir
    private Path parent;

    @Test
    void everybodyGetsInAndFollowsTheMap() throws Exception {
        try (EdgeFixture edge = new EdgeFixture(parent, Ts2021Limits.DEFAULT);
                ExecutorService people = Executors.newFixedThreadPool(AT_ONCE)) {
            edge.maps.greeting = MapFrame::keepAlive;
            String key = edge.authKey();
            List<Future<NodeKey>> joining = new ArrayList<>();
            List<TestNode> nodes = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                String name = "node-" + i;
                joining.add(people.submit(() -> {
                    TestNode node = edge.connect();
                    synchronized (nodes) {
                        nodes.add(node);
                    }
                    return joinAndFollow(node, PrivateKey.generate(edge.entropy), name, key);
                }));
            }
            Set<NodeKey> keys = new HashSet<>();
            for (Future<NodeKey> joined : joining) {
                keys.add(joined.get(60, TimeUnit.SECONDS));
            }
            List<Node> members = edge.members();
            assertEquals(NODES, members.size());
            assertEquals(keys, new HashSet<>(members.stream().map(Node::nodeKey).toList()));
            assertEquals(NODES, new HashSet<>(members.stream().map(Node::v4).toList()).size());
            assertTrue(members.stream().allMatch(node -> node.contact().homeRelay() == 900), "each has reported");
            assertEquals(NODES, edge.door.counters().polls());
            assertEquals(0, edge.door.counters().overloaded());

            nodes.forEach(TestNode::close);
            EdgeFixture.await(() -> edge.door.counters().connections() == 0
                    && edge.door.counters().polls() == 0);
            EdgeFixture.await(() -> edge.listener.counters().openConnections() == 0);
            assertEquals(BodyBudget.ALL, edge.door.bodyBytesLeft());
        }
    }

    private static NodeKey joinAndFollow(TestNode node, PrivateKey own, String name, String key) throws Exception {
        NodeKey nodeKey = new NodeKey(own.publicKey(TestNode.DH));
        Hostinfo info = Hostinfo.builder().os("linux").hostname(name).build();
        RegisterRequest request = RegisterRequest.builder()
                .version(131)
                .nodeKey(nodeKey)
                .auth(new RegisterAuth(key))
                .hostinfo(info)
                .build();
        RegisterResponse response = RegisterResponse.decode(
                node.post(RegisterRequest.PATH, request.encode()).body());
        assertEquals("", response.error());
        MapRequest.Builder map =
                MapRequest.builder().version(131).nodeKey(nodeKey).hostinfo(info);
        TestNode.Exchange poll =
                node.post(MapRequest.PATH, map.stream(true).build().encode());
        Hostinfo located = info.toBuilder()
                .netInfo(NetInfo.builder().preferredDerp(900).build())
                .build();
        MapRequest report = map.stream(false).omitPeers(true).hostinfo(located).build();
        assertEquals(200, node.post(MapRequest.PATH, report.encode()).status());
        assertTrue(poll.pieces.poll(20, TimeUnit.SECONDS) != null, "a first frame");
        return nodeKey;
    }
}
