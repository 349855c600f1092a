package io.penstock.server.admin;

import io.penstock.server.admin.Gate.Allowed;
import io.penstock.server.admin.Gate.Deed;
import io.penstock.server.machine.Pings;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeName;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Tags;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Nodes of a domain. A node that is out of the caller's reach does not exist for them. */
public final class NodeOperations {
    private final Gate gate;

    NodeOperations(Gate gate) {
        this.gate = gate;
    }

    /** Those that the caller may see. */
    public Outcome<List<Node>> list(Caller caller, String domain) {
        return gate.read(
                caller,
                Permission.NODES_READ,
                domain,
                new Deed("list nodes", domain),
                allowed -> new Outcome.Done<>(
                        allowed.tx().nodes().list(allowed.domain().id()).stream()
                                .filter(node -> allowed.covers(ownerOf(node)))
                                .toList()));
    }

    public Outcome<Node> get(Caller caller, String domain, long nodeId) {
        return gate.read(
                caller, Permission.NODES_READ, domain, new Deed("show node", Long.toString(nodeId)), allowed -> find(
                                allowed, nodeId)
                        .<Outcome<Node>>map(Outcome.Done::new)
                        .orElseGet(() -> missing(nodeId)));
    }

    /** Gives a node another name, which must be free. */
    public Outcome<Node> rename(Caller caller, String domain, long nodeId, String name) {
        Deed deed = new Deed("rename node", nodeId + " to " + name);
        return change(caller, Permission.NODES_WRITE, domain, nodeId, deed, (allowed, node) -> {
            if (!NodeName.isValid(name)) {
                return new Outcome.Invalid<>("not a name for a node: lower-case letters, digits and hyphens, at most "
                        + NodeName.MAX_LENGTH);
            }
            boolean isTaken =
                    allowed.tx().nodes().namesLike(allowed.domain().id(), name).contains(name);
            if (isTaken && !node.name().equals(name)) {
                return new Outcome.Conflict<>("another node is called " + name);
            }
            allowed.tx().nodes().setName(node, name);
            return reread(allowed, nodeId);
        });
    }

    /** Forgets a node; it is cut off and has to join anew. */
    public Outcome<Node> remove(Caller caller, String domain, long nodeId) {
        Deed deed = new Deed("remove node", Long.toString(nodeId));
        return change(caller, Permission.NODES_WRITE, domain, nodeId, deed, (allowed, node) -> {
            allowed.tx().nodes().remove(node);
            return new Outcome.Done<>(node);
        });
    }

    /** Ends a node's key now; it stays, and somebody has to log it in again. */
    public Outcome<Node> expire(Caller caller, String domain, long nodeId) {
        Deed deed = new Deed("expire node", Long.toString(nodeId));
        return change(caller, Permission.NODES_WRITE, domain, nodeId, deed, (allowed, node) -> {
            allowed.tx().nodes().setExpiry(node, allowed.tx().now());
            return reread(allowed, nodeId);
        });
    }

    /** The furthest that a key's end may be put off to. */
    public static final Duration MAX_LIFETIME = Duration.ofDays(3660);

    /** When a node's key is to end. */
    public sealed interface Expiry {
        record At(Instant end) implements Expiry {}

        record In(Duration time) implements Expiry {}

        record Never() implements Expiry {}
    }

    /**
     * Sets when a node's key ends, until it logs in again. One that has ended is not brought back: its node has been told, and nobody
     * has looked at the device since.
     */
    public Outcome<Node> setExpiry(Caller caller, String domain, long nodeId, Expiry expiry) {
        Deed deed = new Deed("set expiry", nodeId + " " + describe(expiry));
        return change(caller, Permission.NODES_EXPIRY, domain, nodeId, deed, (allowed, node) -> {
            Instant now = allowed.tx().now();
            Instant end =
                    switch (expiry) {
                        case Expiry.At at -> at.end;
                        case Expiry.In in -> now.plus(in.time);
                        case Expiry.Never never -> null;
                    };
            if (end != null && !end.isAfter(now)) {
                return new Outcome.Invalid<>(end + " has passed; to end the key now, expire the node without a time");
            }
            if (end != null && end.isAfter(now.plus(MAX_LIFETIME))) {
                return new Outcome.Invalid<>(
                        "an end in more than " + MAX_LIFETIME.toDays() + " days; let it never end");
            }
            if (node.isExpired(now)) {
                return new Outcome.Conflict<>(
                        "the key of node " + node.name() + " has ended; somebody has to log it in again");
            }
            allowed.tx().nodes().setExpiry(node, end);
            return reread(allowed, nodeId);
        });
    }

    private static String describe(Expiry expiry) {
        return switch (expiry) {
            case Expiry.At at -> "at " + at.end;
            case Expiry.In in -> "in " + in.time;
            case Expiry.Never never -> "never";
        };
    }

    /** A ping on its way to a node. */
    public record Pinged(Node node, CompletableFuture<Pings.Pong> pong) {}

    /** Asks a node whether it is there. The answer comes later; that it was asked for is in the audit log. */
    public Outcome<Pinged> ping(
            Caller caller, String domain, long nodeId, Pings pings, Pings.Way way, Duration timeout) {
        Deed deed = new Deed("ping node", nodeId + " by " + way.name().toLowerCase(Locale.ROOT));
        return gate.write(caller, Permission.NODES_PING, domain, deed, allowed -> find(allowed, nodeId)
                .map(node -> ping(node, pings, way, timeout))
                .orElseGet(() -> new Outcome.NotFound<>("node " + nodeId)));
    }

    private static Outcome<Pinged> ping(Node node, Pings pings, Pings.Way way, Duration timeout) {
        return switch (pings.ask(node, way, timeout)) {
            case Pings.Asked.Sent sent -> new Outcome.Done<>(new Pinged(node, sent.pong()));
            case Pings.Asked.NotConnected none -> new Outcome.Conflict<>("node " + node.name() + " is not connected");
            case Pings.Asked.AlreadyAsked one ->
                new Outcome.Conflict<>("a ping of node " + node.name() + " waits still; try again when it has ended");
            case Pings.Asked.TooMany many ->
                new Outcome.Conflict<>(
                        Pings.MAX_OUTSTANDING + " pings wait for their answer; try again in a few seconds");
            case Pings.Asked.Ending ending -> new Outcome.Conflict<>("the coordinator ends");
        };
    }

    /** Approves exactly these routes of a node; what it does not advertise is served once it does. */
    public Outcome<Node> approveRoutes(Caller caller, String domain, long nodeId, Set<Prefix> prefixes) {
        Deed deed = new Deed("approve routes", nodeId + " " + prefixes);
        return change(caller, Permission.ROUTES_WRITE, domain, nodeId, deed, (allowed, node) -> {
            allowed.tx().nodes().setRoutes(node, node.routes().approve(prefixes));
            return reread(allowed, nodeId);
        });
    }

    /** Makes a node its tags' own: it belongs to no user from then on, and its key does not expire. */
    public Outcome<Node> tag(Caller caller, String domain, long nodeId, Tags tags) {
        Deed deed = new Deed("tag node", nodeId + " " + tags);
        return change(caller, Permission.TAGS_WRITE, domain, nodeId, deed, (allowed, node) -> {
            Owner owner = new Owner.OfTags(tags);
            allowed.tx()
                    .nodes()
                    .setOwner(
                            node,
                            owner,
                            allowed.domain().expiryOf(owner, allowed.tx().now()));
            return reread(allowed, nodeId);
        });
    }

    private Outcome<Node> change(
            Caller caller,
            Permission permission,
            String domain,
            long nodeId,
            Deed deed,
            BiFunction<Allowed, Node, Outcome<Node>> work) {
        return gate.write(caller, permission, domain, deed, allowed -> find(allowed, nodeId)
                .map(node -> work.apply(allowed, node))
                .orElseGet(() -> missing(nodeId)));
    }

    private static Optional<Node> find(Allowed allowed, long nodeId) {
        return allowed.tx().nodes().find(allowed.domain().id(), nodeId).filter(node -> allowed.covers(ownerOf(node)));
    }

    private static Outcome<Node> missing(long nodeId) {
        return new Outcome.NotFound<>("node " + nodeId);
    }

    private static Outcome<Node> reread(Allowed allowed, long nodeId) {
        return new Outcome.Done<>(
                allowed.tx().nodes().find(allowed.domain().id(), nodeId).orElseThrow());
    }

    private static @Nullable Long ownerOf(Node node) {
        return node.owner() instanceof Owner.OfUser user ? user.userId() : null;
    }
}
