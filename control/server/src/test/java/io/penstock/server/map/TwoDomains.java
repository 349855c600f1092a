package io.penstock.server.map;

import io.penstock.server.TestClock;
import io.penstock.server.model.Node;
import io.penstock.server.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Two domains on one coordinator, through random changes, comings and goings. After each the maps of those who read, fast or slowly, are
 * compared with the naive twin's, and every frame is searched for what belongs to the other domain.
 */
final class TwoDomains {
    private static final int EVERYBODY_READS_AFTER = 20;

    /** A domain, who listens in it, and what time has made of it. */
    private static final class Side {
        final RandomDomain domain;
        final Marks foreign;
        final Presence presence = new Presence();
        final NaiveElection election = new NaiveElection();
        final Map<Long, Receiver> receivers = new HashMap<>();
        final Map<Long, Instant> cutOff = new HashMap<>();
        final List<Receiver> replaced = new ArrayList<>();
        NaiveDomain twin;

        Side(RandomDomain domain, Marks foreign, Store store, TestClock clock) {
            this.domain = domain;
            this.foreign = foreign;
            twin = read(store, clock);
        }

        NaiveDomain read(Store store, TestClock clock) {
            return store.read(
                    tx -> NaiveDomain.read(tx, domain.id, election, id -> presence.isOnline(id, clock.instant())));
        }
    }

    private final Store store;
    private final TestClock clock;
    private final MapsUnderTest maps;
    private final Random random;
    private final List<Side> sides;

    /** How many maps were compared with a twin's. */
    int compared;

    TwoDomains(Store store, TestClock clock, MapsUnderTest maps, long seed) {
        this.store = store;
        this.clock = clock;
        this.maps = maps;
        random = new Random(seed);
        RandomDomain red = new RandomDomain(store, random, 0);
        RandomDomain blue = new RandomDomain(store, random, 1);
        sides = List.of(new Side(red, blue.marks, store, clock), new Side(blue, red.marks, store, clock));
    }

    /** Makes so many changes; throws with the step and what it was, if something is wrong. */
    void run(int changes) {
        try {
            for (int step = 0; step < changes; step++) {
                Side side = sides.get(random.nextInt(sides.size()));
                String what = side.domain.id + ": " + change(side);
                try {
                    settle();
                    boolean everybody = step % EVERYBODY_READS_AFTER == 0;
                    sides.forEach(each -> read(each, everybody));
                    pass(Duration.ofSeconds(1 + random.nextInt(8)));
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("step " + step + ", " + what + ": " + e.getMessage(), e);
                }
            }
        } finally {
            sides.forEach(side -> side.receivers.values().forEach(Receiver::close));
            sides.forEach(side -> side.replaced.forEach(Receiver::close));
        }
    }

    private String change(Side side) {
        List<Node> alive = side.twin.nodes();
        Node node = alive.isEmpty() ? null : alive.get(random.nextInt(alive.size()));
        if (node == null || random.nextBoolean()) {
            return side.domain.change(alive, out -> isLongOut(side, out));
        }
        Receiver before = side.receivers.remove(node.id());
        if (before != null && random.nextBoolean()) {
            before.close();
            side.presence.ended(node.id(), clock.instant());
            return "disconnect " + node.name();
        }
        side.receivers.put(node.id(), new Receiver(maps.source(), node, side.foreign));
        side.presence.began(node.id());
        if (before == null) {
            return "connect " + node.name();
        }
        side.replaced.add(before);
        return "connect " + node.name() + " once more";
    }

    /** Out for so long that nobody may take it for online because of the stream that it had. */
    private boolean isLongOut(Side side, Node node) {
        Instant since = side.cutOff.get(node.id());
        return since != null && clock.instant().isAfter(since.plus(Presence.GRACE));
    }

    /** Lets time go on, and stops at each moment at which something is due. */
    private void pass(Duration time) {
        Instant end = clock.instant().plus(time);
        while (clock.instant().isBefore(end)) {
            clock.advance(Duration.between(clock.instant(), nextDue(end)));
            settle();
        }
    }

    private Instant nextDue(Instant latest) {
        Instant now = clock.instant();
        Instant next = latest;
        for (Side side : sides) {
            next = side.presence.nextEnd(now, next);
            for (Node node : side.twin.all()) {
                Instant expires = node.expires();
                if (expires != null && now.isBefore(expires) && expires.isBefore(next)) {
                    next = expires;
                }
            }
        }
        return next;
    }

    /** Brings both up to the moment, and ends what has to end now. */
    private void settle() {
        maps.settle();
        for (Side side : sides) {
            NaiveDomain twin = side.read(store, clock);
            side.twin = twin;
            noteCutOff(side);
            Iterator<Map.Entry<Long, Receiver>> each = side.receivers.entrySet().iterator();
            while (each.hasNext()) {
                Map.Entry<Long, Receiver> entry = each.next();
                if (!twin.has(entry.getKey())) {
                    each.remove();
                    expectEnd(entry.getValue());
                    side.presence.ended(entry.getKey(), clock.instant());
                }
            }
            side.replaced.forEach(this::expectEnd);
            side.replaced.clear();
        }
    }

    private void noteCutOff(Side side) {
        for (Node node : side.twin.all()) {
            if (side.twin.has(node.id())) {
                side.cutOff.remove(node.id());
            } else {
                side.cutOff.putIfAbsent(node.id(), clock.instant());
            }
        }
    }

    private void expectEnd(Receiver receiver) {
        try (receiver) {
            receiver.expectEnd(clock.instant());
        }
    }

    private void read(Side side, boolean everybody) {
        side.receivers.forEach((id, receiver) -> {
            if (everybody || random.nextBoolean()) {
                receiver.drain(clock.instant());
                receiver.expect(View.of(side.twin.mapOf(id), clock.instant()));
                compared++;
            }
        });
    }
}
