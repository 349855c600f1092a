package io.penstock.node.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.CoordinationEvent.Connected;
import io.penstock.node.coordination.core.CoordinationEvent.Failed;
import io.penstock.node.coordination.core.CoordinationEvent.LoggedOut;
import io.penstock.node.coordination.core.CoordinationEvent.LoginNeeded;
import io.penstock.node.coordination.core.CoordinationEvent.MapChanged;
import io.penstock.node.coordination.core.CoordinationEvent.Registered;
import io.penstock.node.coordination.core.MapReader;
import io.penstock.node.coordination.core.NetMapReader;
import io.penstock.node.coordination.core.Problem;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.machine.Pings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client against a coordinator with its real listener, registry and store. */
class CoordinationClientTest {
    private static final Trust BY_SYSTEM = new Trust.BySystem();

    @TempDir
    private Path parent;

    @Test
    void joinsByKeyReportsAndFollowsTheMap() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            assertEquals(node.key, node.await(Registered.class).key());
            MapChanged first = node.await(MapChanged.class);
            assertEquals("laptop.home.example.", first.map().self().name());
            NodeUnderTest.until(() -> coordinator.member(node.key).contact().homeRelay() == 900);

            Node peer = Node.builder().id(77).name("peer.home.example.").build();
            coordinator
                    .maps()
                    .only()
                    .say(MapResponse.builder().peersChanged(List.of(peer)).build());
            MapChanged second = node.await(MapChanged.class);
            assertEquals(Set.of(77L), second.touchedPeers());

            node.client.report(NodeUnderTest.status("192.0.2.1:7"));
            NodeUnderTest.until(() -> coordinator.member(node.key).contact().endpoints().stream()
                    .anyMatch(endpoint -> endpoint.port() == 7));
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersPings(Pings.Way way) throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            node.await(MapChanged.class);

            assertInstanceOf(Pings.Pong.Answered.class, coordinator.ping(node.key, way));
            assertInstanceOf(Pings.Pong.Answered.class, coordinator.ping(node.key, way), "and again");
        }
    }

    @Test
    void aFaultOfOursIsToldAndTheConnectionBegunAnew() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        MapReader.Factory faulty = () -> {
            if (opened.getAndIncrement() == 0) {
                throw new IllegalStateException("planted");
            }
            return new NetMapReader();
        };
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node =
                        NodeUnderTest.reading(faulty, coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            assertTrue(node.await(CoordinationEvent.Faulted.class).what().contains("planted"));
            node.await(MapChanged.class);
        }
    }

    @Test
    void waitsForItsLogin() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), "")) {
            coordinator.confirm(node.await(LoginNeeded.class).url());

            assertEquals("Alice", node.await(Registered.class).response().user().displayName());
            node.await(MapChanged.class);
        }
    }

    @Test
    void saysThatItWasTurnedAway() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), "")) {
            coordinator.deny(node.await(LoginNeeded.class).url());

            Failed failed = node.await(Failed.class);
            assertEquals(Problem.Kind.REFUSED, failed.problem().kind());
            assertTrue(failed.retryInNs() >= Duration.ofMinutes(1).toNanos(), "is not asked again at once");
            assertEquals(List.of(), coordinator.members());
        }
    }

    @Test
    void saysThatItsKeyIsNoGood() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node =
                        NodeUnderTest.start(coordinator.address(BY_SYSTEM), "hskey-auth-000000000000-0000")) {
            Failed failed = node.await(Failed.class);
            assertEquals(Problem.Kind.REFUSED, failed.problem().kind());
            assertTrue(!failed.problem().text().contains("hskey-auth-"), failed.toString());
        }
    }

    @Test
    void comesBackToACoordinatorThatStartsAgain() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            node.await(MapChanged.class);
            coordinator.stop();
            node.await(Failed.class);
            coordinator.startAgain();

            assertEquals(node.key, node.await(MapChanged.class).map().self().key());
            assertEquals(1, coordinator.members().size());
        }
    }

    @Test
    void opensTheStreamAgainWhenItEnds() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            node.await(MapChanged.class);
            coordinator.maps().only().end();

            assertEquals(Problem.Kind.ENDED, node.await(Failed.class).problem().kind());
            node.await(MapChanged.class);
        }
    }

    @Test
    void leavesAStreamThatMakesNoSense() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            node.await(MapChanged.class);
            coordinator.maps().only().say(ByteBuffer.wrap(new byte[] {3, 0, 0, 0, 'a', 'b', 'c'}));

            assertEquals(Problem.Kind.BROKEN, node.await(Failed.class).problem().kind());
            node.await(MapChanged.class);
        }
    }

    @Test
    void renewsItsKeyAndStaysTheSameNode() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            long id = node.await(MapChanged.class).map().self().id();
            NodeKey other = node.newKey();
            node.client.rotateTo(other, coordinator.authKey());

            assertEquals(other, node.await(Registered.class).key());
            Node self = node.await(MapChanged.class).map().self();
            assertEquals(other, self.key());
            assertEquals(id, self.id());
        }
    }

    @Test
    void logsOutAndComesBackAsOneThatIsAskedToLogIn() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), "")) {
            coordinator.confirm(node.await(LoginNeeded.class).url());
            node.await(MapChanged.class);
            node.client.logout();
            node.await(LoggedOut.class);
            assertTrue(coordinator.member(node.key).isExpired(Instant.now().plusSeconds(1)));
        }
    }

    @Test
    void registersAgainWhenItIsForgotten() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.start(coordinator.address(BY_SYSTEM), coordinator.authKey())) {
            long id = node.await(MapChanged.class).map().self().id();
            coordinator.remove(node.key);
            coordinator.maps().only().end();

            coordinator.confirm(node.await(LoginNeeded.class).url()); // the key that let it in does so once
            node.await(Registered.class);
            assertNotEquals(id, node.await(MapChanged.class).map().self().id());
        }
    }

    @Test
    void refusesACoordinatorWithAnotherKeyThanTheKnownOne() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node =
                        NodeUnderTest.thatKnows(MachineKey.of(new byte[32]), coordinator.address(BY_SYSTEM))) {
            Failed failed = node.await(Failed.class);
            assertEquals(Problem.Kind.WRONG_KEY, failed.problem().kind(), failed.toString());
        }
    }

    @Test
    void believesThePinnedCertificate() throws Exception {
        TlsIdentity tls = selfSigned();
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent, tls);
                NodeUnderTest node = NodeUnderTest.start(
                        coordinator.address(new Trust.Pinned(tls.fingerprint())), coordinator.authKey())) {
            node.await(Connected.class);
            node.await(MapChanged.class);
        }
    }

    @Test
    void believesNoOtherCertificate() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent, selfSigned())) {
            for (Trust trust : List.of(BY_SYSTEM, new Trust.Pinned("ab".repeat(32)))) {
                try (NodeUnderTest node = NodeUnderTest.start(coordinator.address(trust), "")) {
                    Problem problem = node.await(Failed.class).problem();
                    assertEquals(Problem.Kind.UNTRUSTED, problem.kind(), problem.text());
                }
            }
        }
    }

    private static TlsIdentity selfSigned() {
        return TlsIdentity.selfSigned(
                List.of("localhost"),
                List.of(new byte[] {127, 0, 0, 1}),
                Instant.now().minusSeconds(60),
                Instant.now().plusSeconds(3600));
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        CoordinatorAddress nobody;
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent)) {
            nobody = coordinator.address(BY_SYSTEM);
        }
        try (NodeUnderTest node = NodeUnderTest.start(nobody, "")) {
            assertEquals(
                    Problem.Kind.UNREACHABLE, node.await(Failed.class).problem().kind());
        }
    }

    @Test
    void saysThatItIsTooOld() throws Exception {
        try (CoordinatorFixture coordinator = new CoordinatorFixture(parent);
                NodeUnderTest node = NodeUnderTest.ofVersion(112, coordinator.address(BY_SYSTEM))) {
            Problem problem = node.await(Failed.class).problem();
            assertEquals(Problem.Kind.VERSION_REFUSED, problem.kind());
            assertTrue(problem.text().contains("update it"), problem.text());
        }
    }
}
