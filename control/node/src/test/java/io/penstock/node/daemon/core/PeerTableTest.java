package io.penstock.node.daemon.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Secret;
import io.penstock.node.daemon.state.PeerSecrets;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PeerTableTest {
    private static final Prefix LAN = Prefix.parse("10.1.0.0/24");
    private final PeerTable table = new PeerTable(PeerSecrets.NONE);

    @Test
    void makesManagedPeersAndChangesNothingTwice() {
        Map<NodeKey, PeerWish> wanted = Map.of(NetMaps.key(2), PeerWish.managed(2, List.of(NetMaps.address(2))));

        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(2).value()),
                        new Change.ManageEndpoint(),
                        new Change.AddAllowedIp(NetMaps.address(2)),
                        new Change.EndOfPeer()),
                table.become(wanted));
        assertEquals(List.of(), table.become(wanted));
    }

    @Test
    void changesOnlyThePrefixesThatAreOthers() {
        table.become(Map.of(NetMaps.key(2), PeerWish.managed(2, List.of(NetMaps.address(2)))));

        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(2).value()),
                        new Change.UpdateOnly(),
                        new Change.AddAllowedIp(LAN),
                        new Change.EndOfPeer()),
                table.become(Map.of(NetMaps.key(2), PeerWish.managed(2, List.of(NetMaps.address(2), LAN)))));
    }

    @Test
    void aNodeWithAnotherKeyStaysTheSamePeer() {
        table.become(Map.of(NetMaps.key(2), PeerWish.managed(2, List.of(NetMaps.address(2)))));

        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(2).value()),
                        new Change.UpdateOnly(),
                        new Change.RenewKey(NetMaps.key(20).value()),
                        new Change.EndOfPeer(),
                        new Change.SelectPeer(NetMaps.key(20).value()),
                        new Change.UpdateOnly(),
                        new Change.AddAllowedIp(LAN),
                        new Change.EndOfPeer()),
                table.become(Map.of(NetMaps.key(20), PeerWish.managed(2, List.of(NetMaps.address(2), LAN)))));
    }

    @Test
    void anotherNodeWithTheSameAddressIsAnotherPeer() {
        table.become(Map.of(NetMaps.key(2), PeerWish.managed(2, List.of(NetMaps.address(2)))));

        List<Change> changes = table.become(Map.of(NetMaps.key(3), PeerWish.managed(3, List.of(NetMaps.address(2)))));
        assertEquals(new Change.Remove(), changes.get(1));
        assertFalse(changes.stream().anyMatch(Change.RenewKey.class::isInstance));
    }

    @Test
    void aStaticPeerHasItsEndpointAndKeepalive() {
        Endpoint endpoint = Endpoint.parse("192.0.2.7:51820");
        PeerWish wish = PeerWish.fixed(List.of(LAN), endpoint, 25, 0);

        assertEquals(
                List.of(
                        new Change.SelectPeer(NetMaps.key(7).value()),
                        new Change.SetEndpoint(endpoint),
                        new Change.PersistentKeepalive(25),
                        new Change.AddAllowedIp(LAN),
                        new Change.EndOfPeer()),
                table.become(Map.of(NetMaps.key(7), wish)));
        assertEquals(List.of(), table.move(NetMaps.key(7), endpoint), "not ours to move");
    }

    @Test
    void aPresharedKeyIsThereBeforeThePeerCanBeSpokenTo() {
        PeerTable secretive = new PeerTable(new PeerSecrets() {
            @Override
            public Secret of(NodeKey peer) {
                byte[] bytes = new byte[Secret.LENGTH_BYTES];
                bytes[0] = 7;
                return new Secret(bytes);
            }

            @Override
            public int version(NodeKey peer) {
                throw new AssertionError("the wish tells");
            }
        });
        PeerWish first = PeerWish.fixed(List.of(LAN), null, 0, 1);

        List<Change> made = secretive.become(Map.of(NetMaps.key(7), first));
        assertEquals(
                List.of("SelectPeer", "PresharedKey", "AddAllowedIp", "EndOfPeer"),
                made.stream().map(change -> change.getClass().getSimpleName()).toList());
        assertEquals(7, ((Change.PresharedKey) made.get(1)).key().bytes()[0]);
        assertEquals(List.of(), secretive.become(Map.of(NetMaps.key(7), first)));

        List<Change> other = secretive.become(Map.of(NetMaps.key(7), PeerWish.fixed(List.of(LAN), null, 0, 2)));
        assertEquals(
                List.of("SelectPeer", "UpdateOnly", "PresharedKey", "EndOfPeer"),
                other.stream().map(change -> change.getClass().getSimpleName()).toList());
        assertFalse(other.toString().contains("7, 0"), "no text shows it");
    }

    @Test
    void aRandomWalkLeavesWhatWasWantedLast() {
        long seed = Long.getLong("penstock.seed", 11);
        Random random = new Random(seed);
        Map<NodeKey, List<Prefix>> twin = new HashMap<>();
        for (int round = 0; round < 500; round++) {
            Map<NodeKey, PeerWish> wanted = new LinkedHashMap<>();
            List<Prefix> free = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                free.add(Prefix.parse("10." + i + ".0.0/16"));
            }
            for (int id = 2; id < 8; id++) {
                if (random.nextBoolean()) {
                    List<Prefix> own = new ArrayList<>();
                    for (int i = random.nextInt(4); i > 0 && !free.isEmpty(); i--) {
                        own.add(free.remove(random.nextInt(free.size())));
                    }
                    NodeKey key = NetMaps.key(random.nextInt(3) == 0 ? id + 100 : id);
                    wanted.put(key, PeerWish.managed(id, own));
                }
            }
            carryOut(table.become(wanted), twin);
            assertEquals(wanted.keySet(), twin.keySet(), "seed " + seed);
            wanted.forEach((key, wish) -> assertEquals(
                    wish.allowedIps().stream().map(Prefix::toString).sorted().toList(),
                    twin.getOrDefault(key, List.of()).stream()
                            .map(Prefix::toString)
                            .sorted()
                            .toList(),
                    "seed " + seed));
        }
    }

    /** What the tunnel does with changes. */
    private static void carryOut(List<Change> changes, Map<NodeKey, List<Prefix>> peers) {
        NodeKey chosen = NodeKey.ZERO;
        for (Change change : changes) {
            switch (change) {
                case Change.SelectPeer select -> {
                    chosen = new NodeKey(select.key());
                    peers.computeIfAbsent(chosen, key -> new ArrayList<>());
                }
                case Change.Remove remove -> peers.remove(chosen);
                case Change.RenewKey renew -> {
                    List<Prefix> kept = Objects.requireNonNull(peers.remove(chosen));
                    assertNull(peers.put(new NodeKey(renew.successor()), kept), "another peer has that key");
                }
                case Change.AddAllowedIp add -> {
                    peers.values().forEach(prefixes -> prefixes.remove(add.prefix()));
                    Objects.requireNonNull(peers.get(chosen)).add(add.prefix());
                }
                case Change.RemoveAllowedIp gone ->
                    Objects.requireNonNull(peers.get(chosen)).remove(gone.prefix());
                case Change.ManageEndpoint manage -> {}
                case Change.UpdateOnly update -> {}
                case Change.EndOfPeer end -> {}
                default -> throw new AssertionError("not for managed peers: " + change);
            }
        }
    }
}
