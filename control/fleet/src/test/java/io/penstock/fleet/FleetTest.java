package io.penstock.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.CoordinatorAddress;
import io.penstock.protocol.message.DerpMap;
import io.penstock.server.Coordinator;
import io.penstock.server.CoordinatorSettings;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.Pages;
import io.penstock.server.map.Maps;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.policy.HujsonPolicies;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small fleet against a coordinator with all its parts. */
class FleetTest {
    private static final int NODES = 200;
    private static final int GROUP = 20;
    private static final int CHANGES = 25;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path folder;

    private final Random seeded = new Random(5);
    private final Entropy entropy = new Entropy() {
        @Override
        public synchronized void fill(byte[] bytes) {
            seeded.nextBytes(bytes);
        }

        @Override
        public synchronized int nextInt() {
            return seeded.nextInt();
        }
    };
    private int port;

    private Coordinator start() throws IOException {
        ListenSettings listen = new ListenSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                Set.of("127.0.0.1"),
                null,
                ListenSettings.DEFAULT_READ_TIMEOUT,
                ListenSettings.DEFAULT_MAX_CONNECTIONS);
        HujsonPolicies policies = new HujsonPolicies();
        Coordinator started = Coordinator.start(
                new CoordinatorSettings(
                        folder.resolve("state"), listen, URI.create("http://127.0.0.1"), Duration.ofMinutes(1)),
                new Coordinator.Seams(
                        policies,
                        policies,
                        store -> Maps.follow(store, InstantSource.system(), () -> new DerpMap(null, Map.of(), true)),
                        (administration, registry, store, login) -> Pages.NONE,
                        Coordinator.RelayMaker.NONE));
        port = started.listener().address().getPort();
        return started;
    }

    /** A key for each group, of which the policy lets each see itself. */
    private List<String> keys(Coordinator coordinator) {
        return coordinator.store().write(tx -> {
            Domain domain = tx.domains().list().getFirst();
            List<String> owners = new ArrayList<>();
            List<String> rules = new ArrayList<>();
            List<String> keys = new ArrayList<>();
            for (int group = 0; group * GROUP < NODES; group++) {
                String tag = "tag:g" + group;
                owners.add("\"" + tag + "\": []");
                rules.add("{\"action\": \"accept\", \"src\": [\"%s\"], \"dst\": [\"%s:*\"]}".formatted(tag, tag));
                Token token = Token.create(TokenKind.PRE_AUTH, entropy);
                Instant expires = tx.now().plus(Duration.ofHours(1));
                tx.preAuthKeys().add(domain.id(), null, token, true, false, Tags.of(List.of(tag)), expires);
                keys.add(token.reveal());
            }
            String policy = "{\"tagOwners\": {%s}, \"acls\": [%s]}"
                    .formatted(String.join(",", owners), String.join(",", rules));
            tx.policies().add(domain.id(), policy, "test");
            return keys;
        });
    }

    @Test
    void everyChangeReachesAllWhoSeeItAndNobodyElseBeforeAndAfterARestart() throws Exception {
        Coordinator coordinator = start();
        try (Fleet fleet = new Fleet(
                CoordinatorAddress.of("http://127.0.0.1:" + port), NODES, GROUP, keys(coordinator), entropy)) {
            fleet.join(NODES, PATIENCE_NS);
            moveAll(fleet);

            coordinator.close();
            fleet.await(false, 0, PATIENCE_NS);
            coordinator = start();
            fleet.await(true, NODES, PATIENCE_NS);
            moveAll(fleet);
        } finally {
            coordinator.close();
        }
    }

    private void moveAll(Fleet fleet) throws InterruptedException {
        List<Change> moved = new ArrayList<>();
        int first = seeded.nextInt(NODES);
        for (int i = 0; i < CHANGES; i++) {
            moved.add(
                    fleet.move((first + 7 * i) % NODES)); // each another one: of two changes of a node the later counts
        }
        for (Change change : moved) {
            assertTrue(
                    change.await(PATIENCE_NS),
                    () -> "reached " + change.latenciesNs().length + " of " + change.viewers() + ", problems "
                            + fleet.problems());
            assertEquals(GROUP - 1, change.latenciesNs().length);
            fleet.forget(change);
        }
        assertNull(fleet.fault());
    }
}
