package io.penstock.server.map;

import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.server.TestClock;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a source of maps may do wrong. */
enum Fault {
    KEEPS_THE_LAST_PEER,
    SHOWS_OLD_ENDPOINTS,
    LETS_EVERYTHING_IN,
    FORGETS_ROUTES_OF_ITS_OWN,
    MENTIONS_THE_OTHER_DOMAIN,
    SHOWS_A_PEER_OF_ANOTHER_DOMAIN,
    SAYS_NOTHING_OF_USERS,
    STAYS_ONLINE,
    HAS_NO_GRACE,
    TAKES_PRIMARY_BACK,
    WAKES_NOBODY,
    SERVES_WHO_IS_OUT,
    SERVES_A_NODE_TWICE;

    /** A source that has the fault. */
    WholeMaps maps(Store store, TestClock clock) {
        return switch (this) {
            case KEEPS_THE_LAST_PEER ->
                saying(store, clock, message -> message.toBuilder()
                        .peersRemoved(List.of())
                        .build());
            case SHOWS_OLD_ENDPOINTS -> withOldEndpoints(store, clock);
            case LETS_EVERYTHING_IN ->
                saying(store, clock, message -> message.toBuilder()
                        .packetFilter(ANYTHING)
                        .build());
            case FORGETS_ROUTES_OF_ITS_OWN ->
                saying(store, clock, message -> message.toBuilder()
                        .node(Objects.requireNonNull(message.node()).toBuilder()
                                .allowedIps(null)
                                .build())
                        .build());
            case MENTIONS_THE_OTHER_DOMAIN ->
                saying(store, clock, message -> message.toBuilder()
                        .domain(message.domain().equals("red.example") ? "blue.example" : "red.example")
                        .build());
            case SHOWS_A_PEER_OF_ANOTHER_DOMAIN -> withForeignPeer(store, clock);
            case SAYS_NOTHING_OF_USERS ->
                saying(store, clock, message -> message.toBuilder()
                        .userProfiles(List.of())
                        .build());
            case STAYS_ONLINE -> new WholeMaps(store, clock, new Presence(Duration.ofDays(1)));
            case HAS_NO_GRACE -> new WholeMaps(store, clock, new Presence(Duration.ZERO));
            case TAKES_PRIMARY_BACK -> withFailBack(store, clock);
            case WAKES_NOBODY -> asleep(store, clock);
            case SERVES_WHO_IS_OUT -> endless(store, clock);
            case SERVES_A_NODE_TWICE -> manifold(store, clock);
        };
    }

    private static final List<FilterRule> ANYTHING = List.of(new FilterRule(
            List.of("*"), List.of(new PortsOfAddress("*", new PortRange(0, 65535))), List.of(), List.of()));

    private static WholeMaps saying(Store store, TestClock clock, UnaryOperator<MapResponse> what) {
        return new WholeMaps(store, clock, new Presence()) {
            @Override
            MapResponse message(@Nullable MapResponse before, MapResponse whole) {
                return what.apply(super.message(before, whole));
            }
        };
    }

    private static WholeMaps withOldEndpoints(Store store, TestClock clock) {
        Map<Long, List<Endpoint>> first = new HashMap<>();
        return saying(store, clock, message -> message.toBuilder()
                .peers(message.peers().stream()
                        .map(peer -> peer.toBuilder()
                                .endpoints(first.computeIfAbsent(peer.id(), id -> peer.endpoints()))
                                .build())
                        .toList())
                .build());
    }

    /** The peer that was told last to whomever. */
    private static WholeMaps withForeignPeer(Store store, TestClock clock) {
        List<Node> last = new ArrayList<>();
        return saying(store, clock, message -> {
            List<Node> peers = new ArrayList<>(message.peers());
            peers.addAll(last);
            last.clear();
            message.peers().stream().findFirst().ifPresent(last::add);
            return message.toBuilder().peers(peers).build();
        });
    }

    private static WholeMaps withFailBack(Store store, TestClock clock) {
        return new WholeMaps(store, clock, new Presence()) {
            @Override
            NaiveElection newElection() {
                return new NaiveElection() {
                    @Override
                    long choose(@Nullable Long holder, List<Long> ids, LongPredicate online) {
                        return super.choose(null, ids, online);
                    }
                };
            }
        };
    }

    private static WholeMaps asleep(Store store, TestClock clock) {
        return new WholeMaps(store, clock, new Presence()) {
            @Override
            void wake(Runnable stream) {}
        };
    }

    private static WholeMaps endless(Store store, TestClock clock) {
        return new WholeMaps(store, clock, new Presence()) {
            @Override
            boolean endsWhoIsOut() {
                return false;
            }
        };
    }

    private static WholeMaps manifold(Store store, TestClock clock) {
        return new WholeMaps(store, clock, new Presence()) {
            @Override
            boolean endsReplaced() {
                return false;
            }
        };
    }
}
