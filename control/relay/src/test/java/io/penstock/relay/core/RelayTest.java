package io.penstock.relay.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is here, beside a naive twin that keeps one list and looks through all of it. */
class RelayTest {
    private static final int KEYS = 6;
    private static final int STEPS = 20_000;
    private static final Endpoint SOURCE = Endpoint.v4(0x7f000001, 1);

    private final RelayCounters counters = new RelayCounters();
    private final Relay relay = new Relay(QueueLimits.DEFAULT, counters);

    // The twin.
    private final List<Client> clients = new ArrayList<>();
    private final Map<NodeKey, Client> active = new HashMap<>();
    private final Set<Forwarder> forwarders = new LinkedHashSet<>();
    private final List<Map.Entry<NodeKey, Forwarder>> announcements = new ArrayList<>();

    private static final class NoLink implements Link {
        private @Nullable CloseReason closed;

        @Override
        public void wake() {}

        @Override
        public void close(CloseReason reason) {
            closed = reason;
        }
    }

    private static NodeKey key(int number) {
        byte[] bytes = new byte[32];
        bytes[31] = (byte) (number + 1);
        return NodeKey.of(bytes);
    }

    private Client arrive(NodeKey key, boolean isMesh) {
        return relay.arrive(key, Greeting.ofNode(), isMesh, SOURCE, new NoLink(), 0);
    }

    private @Nullable Target expected(NodeKey key) {
        Client client = active.get(key);
        if (client != null) {
            return client;
        }
        return announcements.stream()
                .filter(announcement -> announcement.getKey().equals(key))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private void step(Random random) {
        NodeKey key = key(random.nextInt(KEYS));
        switch (random.nextInt(6)) {
            case 0 -> {
                Client client = arrive(key, false);
                clients.add(client);
                active.put(key, client);
            }
            case 1 -> {
                if (!clients.isEmpty()) {
                    depart(clients.remove(random.nextInt(clients.size())));
                }
            }
            case 2 -> {
                if (!clients.isEmpty()) {
                    Client sender = clients.get(random.nextInt(clients.size()));
                    relay.onSending(sender);
                    active.put(sender.key(), sender);
                }
            }
            case 3 -> {
                Forwarder forwarder = anyForwarder(random);
                relay.onAnnounced(forwarder, key);
                if (!announcements.contains(Map.entry(key, forwarder))) {
                    announcements.add(Map.entry(key, forwarder));
                }
            }
            case 4 -> {
                Forwarder forwarder = anyForwarder(random);
                relay.onWithdrawn(forwarder, key);
                announcements.remove(Map.entry(key, forwarder));
            }
            default -> {
                if (random.nextInt(20) == 0) {
                    Forwarder forwarder = anyForwarder(random);
                    relay.closeForwarder(forwarder);
                    forwarders.remove(forwarder);
                    announcements.removeIf(announcement -> announcement.getValue() == forwarder);
                }
            }
        }
    }

    private void depart(Client client) {
        relay.depart(client);
        if (active.get(client.key()) == client) {
            active.remove(client.key());
            clients.stream()
                    .filter(other -> other.key().equals(client.key()))
                    .forEach(newest -> active.put(newest.key(), newest)); // the last one wins
        }
    }

    private Forwarder anyForwarder(Random random) {
        while (forwarders.size() < 3) {
            forwarders.add(relay.openForwarder(new NoLink()));
        }
        return List.copyOf(forwarders).get(random.nextInt(3));
    }

    @Test
    void findsWhomANaiveTwinFinds() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        Client watcher = arrive(key(KEYS), true);
        relay.watch(watcher);
        Set<NodeKey> seen = new HashSet<>();
        for (int i = 0; i < STEPS; i++) {
            step(random);
            for (int number = 0; number < KEYS; number++) {
                Destination found = relay.find(key(number));
                Target target = found == null ? null : found.target();
                assertSame(expected(key(number)), target, "seed " + seed + ", step " + i);
            }
            if (random.nextInt(5) == 0) {
                follow(watcher, seen);
                assertEquals(keysHere(watcher), seen, "seed " + seed + ", step " + i);
            }
        }
        clients.forEach(relay::depart);
        forwarders.forEach(relay::closeForwarder);
        for (int number = 0; number < KEYS; number++) {
            assertNull(relay.find(key(number)), "nothing is left");
        }
        assertEquals(1, counters.snapshot().clients());
        assertEquals(0, counters.snapshot().meshLinks());
    }

    private Set<NodeKey> keysHere(Client watcher) {
        Set<NodeKey> here = new HashSet<>();
        here.add(watcher.key());
        clients.forEach(client -> here.add(client.key()));
        return here;
    }

    private static void follow(Client watcher, Set<NodeKey> seen) {
        for (Outgoing next = watcher.outbox().poll();
                next != null;
                next = watcher.outbox().poll()) {
            switch (((Outgoing.Control) next).frame()) {
                case Frame.PeerPresent present -> seen.add(present.key());
                case Frame.PeerGone gone -> seen.remove(gone.key());
                default -> throw new AssertionError(next);
            }
        }
    }

    @Test
    void tellsOnlyThoseWhoHeardAndForgetsThem() {
        Client alice = arrive(key(0), false);
        Client bob = arrive(key(1), false);
        Client carol = arrive(key(2), false);
        relay.onHeard(bob, alice);
        relay.onHeard(carol, alice);
        relay.depart(carol);
        assertTrue(carol.heardFrom.isEmpty());
        assertEquals(Set.of(bob), alice.destination.heardBy, "who has left needs no news");
        relay.depart(alice);
        assertEquals(
                new Outgoing.Control(new Frame.PeerGone(alice.key(), Frame.GONE_DISCONNECTED)),
                bob.outbox().poll());
        assertNull(bob.outbox().poll());
        assertTrue(bob.heardFrom.isEmpty());
        relay.onHeard(bob, alice);
        assertTrue(bob.heardFrom.isEmpty(), "a sender that has left is not kept");
        relay.depart(alice);
        assertEquals(1, counters.snapshot().clients(), "leaving twice is leaving once");
    }

    private static @Nullable CloseReason closed(Client client) {
        return ((NoLink) client.link()).closed;
    }

    @Test
    void expelsAllConnectionsOfAClientAndNoOtherRelay() {
        Client first = arrive(key(0), false);
        Client second = arrive(key(0), false);
        Client other = arrive(key(1), false);
        Client mesh = arrive(key(2), true);
        assertEquals(Set.of(key(0), key(1)), relay.clientKeys());
        relay.expel(key(0));
        relay.expel(key(2));
        relay.expel(key(3));
        assertEquals(CloseReason.EXPELLED, closed(first));
        assertEquals(CloseReason.EXPELLED, closed(second));
        assertNull(closed(other));
        assertNull(closed(mesh));
        relay.depart(first);
        relay.depart(second);
        assertEquals(Set.of(key(1)), relay.clientKeys());
    }

    private static List<Frame> notices(Client client) {
        List<Frame> frames = new ArrayList<>();
        for (Outgoing next = client.outbox().poll();
                next != null;
                next = client.outbox().poll()) {
            if (next instanceof Outgoing.Control control) {
                frames.add(control.frame());
            }
        }
        return frames;
    }

    @Test
    void tellsWhoHeardFromAKeyBeforeItWasAnnounced() {
        Forwarder forwarder = relay.openForwarder(new NoLink());
        Client early = arrive(key(1), false);
        Client gone = arrive(key(2), false);
        relay.onHeardEarly(early, key(7));
        relay.onHeardEarly(gone, key(7));
        relay.depart(gone);
        relay.onAnnounced(forwarder, key(7));
        relay.onWithdrawn(forwarder, key(7));
        assertEquals(List.of(new Frame.PeerGone(key(7), Frame.GONE_DISCONNECTED)), notices(early));
        assertEquals(List.of(), notices(gone));
        relay.onAnnounced(forwarder, key(7));
        relay.onWithdrawn(forwarder, key(7));
        assertEquals(List.of(), notices(early), "once");
    }

    @Test
    void boundsWhomItRemembersForKeysThatNobodyAnnounces() {
        Client client = arrive(key(1), false);
        for (int i = 0; i < 3000; i++) {
            byte[] bytes = new byte[32];
            bytes[0] = (byte) i;
            bytes[1] = (byte) (i >> 8);
            bytes[2] = 1;
            relay.onHeardEarly(client, NodeKey.of(bytes));
        }
        assertEquals(3000 - 1024, counters.dropped(DropReason.HEARD_LIMIT));
    }
}
