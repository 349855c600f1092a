package io.penstock.server.api;

import io.penstock.server.admin.NodeOperations;
import io.penstock.server.admin.NodeOperations.Expiry;
import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.machine.Pings;
import io.penstock.server.model.Tags;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Nodes, their routes and tags. */
final class NodeRoutes {
    private static final String NODES = "/api/v1/domains/{domain}/nodes";
    private static final Duration PING_TIMEOUT = Duration.ofSeconds(5);
    private static final String NODE = NODES + "/{node}";

    private NodeRoutes() {}

    record Name(String name) {}

    record ApprovedRoutes(List<String> prefixes) {}

    record TagNames(List<String> tags) {}

    /**
     * When a node's key is to end: one of the three.
     *
     * @param at as RFC 3339 has it
     */
    record NewExpiry(
            @Nullable String at,
            @Nullable Long inSeconds,
            @Nullable Boolean never) {}

    /**
     * How to ask a node.
     *
     * @param way {@code head} if its connection is to answer, {@code echo} if its program is; head if absent
     * @param timeoutSeconds 1 to 30; 5 if absent
     */
    record NewPing(@Nullable String way, @Nullable Long timeoutSeconds) {}

    static List<Route> routes() {
        return List.of(
                Route.list(NODES, Permission.NODES_READ, NodeView.class, "Lists nodes", call -> call.administration()
                        .nodes()
                        .list(call.caller(), call.domain())
                        .map(nodes -> nodes.stream().map(call::view).toList())),
                Route.get(NODE, Permission.NODES_READ, NodeView.class, "Shows a node", call -> call.administration()
                        .nodes()
                        .get(call.caller(), call.domain(), call.id("node"))
                        .map(call::view)),
                Route.change(
                        Method.PATCH,
                        NODE,
                        Permission.NODES_WRITE,
                        Name.class,
                        NodeView.class,
                        "Renames a node",
                        call -> call.administration()
                                .nodes()
                                .rename(call.caller(), call.domain(), call.id("node"), call.body(Name.class).name)
                                .map(call::view)),
                Route.change(
                        Method.DELETE,
                        NODE,
                        Permission.NODES_WRITE,
                        Void.class,
                        NodeView.class,
                        "Removes a node; it is cut off and has to join anew",
                        call -> call.administration()
                                .nodes()
                                .remove(call.caller(), call.domain(), call.id("node"))
                                .map(call::view)),
                Route.change(
                        Method.POST,
                        NODE + "/expire",
                        Permission.NODES_WRITE,
                        Void.class,
                        NodeView.class,
                        "Ends a node's key; somebody has to log it in again",
                        call -> call.administration()
                                .nodes()
                                .expire(call.caller(), call.domain(), call.id("node"))
                                .map(call::view)),
                Route.change(
                        Method.PUT,
                        NODE + "/expiry",
                        Permission.NODES_EXPIRY,
                        NewExpiry.class,
                        NodeView.class,
                        "Sets when a node's key ends, until it logs in again: 'at' a time, 'inSeconds', or 'never' true",
                        call -> call.administration()
                                .nodes()
                                .setExpiry(
                                        call.caller(),
                                        call.domain(),
                                        call.id("node"),
                                        expiry(call.body(NewExpiry.class)))
                                .map(call::view)),
                Route.ask(
                        NODE + "/ping",
                        Permission.NODES_PING,
                        NewPing.class,
                        PongView.class,
                        "Asks a node whether it is there, and waits for its answer",
                        NodeRoutes::ping),
                Route.change(
                        Method.PUT,
                        NODE + "/routes",
                        Permission.ROUTES_WRITE,
                        ApprovedRoutes.class,
                        NodeView.class,
                        "Approves exactly these routes of a node",
                        NodeRoutes::approve),
                Route.change(
                        Method.PUT,
                        NODE + "/tags",
                        Permission.TAGS_WRITE,
                        TagNames.class,
                        NodeView.class,
                        "Tags a node, which then belongs to no user",
                        call -> call.administration()
                                .nodes()
                                .tag(
                                        call.caller(),
                                        call.domain(),
                                        call.id("node"),
                                        Tags.of(call.body(TagNames.class).tags))
                                .map(call::view)));
    }

    private static CompletableFuture<Outcome<PongView>> ping(Call call) {
        NewPing asked = call.body(NewPing.class);
        Pings.Way way = way(asked.way);
        Duration timeout = asked.timeoutSeconds == null ? PING_TIMEOUT : Duration.ofSeconds(asked.timeoutSeconds);
        return Outcome.whenThere(call.administration()
                .nodes()
                .ping(call.caller(), call.domain(), call.id("node"), call.pings(), way, timeout)
                .map(pinged -> pinged.pong().thenApply(pong -> PongView.of(pinged.node(), way, pong, timeout))));
    }

    private static Expiry expiry(NewExpiry asked) {
        boolean isNever = Boolean.TRUE.equals(asked.never);
        if (asked.at != null && asked.inSeconds == null && !isNever) {
            return new Expiry.At(time(asked.at));
        }
        if (asked.at == null && asked.inSeconds != null && !isNever) {
            if (asked.inSeconds < 1 || asked.inSeconds > NodeOperations.MAX_LIFETIME.toSeconds()) {
                throw new IllegalArgumentException(
                        "'inSeconds' is 1 to " + NodeOperations.MAX_LIFETIME.toSeconds() + ", or the key never ends");
            }
            return new Expiry.In(Duration.ofSeconds(asked.inSeconds));
        }
        if (asked.at == null && asked.inSeconds == null && isNever) {
            return new Expiry.Never();
        }
        throw new IllegalArgumentException("one of 'at', 'inSeconds' and 'never' is needed, and no other with it");
    }

    private static Instant time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MILLIS);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("'" + text + "' is not a time such as 2030-01-31T12:00:00Z", e);
        }
    }

    private static Pings.Way way(@Nullable String name) {
        return switch (name) {
            case null -> Pings.Way.HEAD;
            case "head" -> Pings.Way.HEAD;
            case "echo" -> Pings.Way.ECHO;
            default -> throw new IllegalArgumentException("'way' is head or echo");
        };
    }

    private static Outcome<NodeView> approve(Call call) {
        Set<Prefix> prefixes = call.body(ApprovedRoutes.class).prefixes.stream()
                .map(Prefix::parse)
                .collect(Collectors.toSet());
        return call.administration()
                .nodes()
                .approveRoutes(call.caller(), call.domain(), call.id("node"), prefixes)
                .map(call::view);
    }
}
