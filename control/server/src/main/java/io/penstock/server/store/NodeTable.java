package io.penstock.server.store;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Routes;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The nodes of all domains, with their routes. Of one transaction. Each change of a row is in the change log as well. */
public final class NodeTable {
    /** How many {@link #goodAmong} looks up at once. */
    public static final int MAX_KEYS = 500;

    private final Sql sql;
    private final NumberSource numbers;
    private final ChangeLog changes;
    private final AddressTable addresses;
    private final Instant now;

    NodeTable(Sql sql, NumberSource numbers, ChangeLog changes, AddressTable addresses, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.changes = changes;
        this.addresses = addresses;
        this.now = now;
    }

    /** What a node is made of at the moment it joins. */
    public record Joining(
            Owner owner,
            @Nullable Long preAuthKeyId,
            MachineKey machineKey,
            NodeKey nodeKey,
            String name,
            Host host,
            boolean ephemeral,
            @Nullable Instant expires) {}

    /**
     * Adds a node and gives it an address of each family.
     *
     * @return the family that has none left, in which case the caller must give the transaction up, or the node
     */
    public Added add(Domain domain, Joining joining) {
        long id = numbers.next("node");
        sql.update(
                "INSERT INTO node VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                domain.id(),
                joining.owner instanceof Owner.OfUser user ? user.userId() : null,
                joining.preAuthKeyId,
                joining.machineKey.toString(),
                joining.nodeKey.toString(),
                null,
                joining.name,
                joining.host.name(),
                joining.host.info(),
                "",
                0,
                joining.host.capability(),
                joining.owner instanceof Owner.OfTags tagged ? tagged.tags().toString() : "",
                joining.ephemeral,
                now,
                joining.expires,
                now);
        Optional<IpAddress> v4 = addresses.allocateV4(domain, id);
        Optional<IpAddress> v6 = addresses.allocateV6(domain, id);
        if (v4.isEmpty() || v6.isEmpty()) {
            return new Added.NoAddress(v4.isEmpty() ? domain.v4() : domain.v6());
        }
        changes.append(domain.id(), ChangeKind.NODE_ADDED, id);
        return new Added.Done(find(domain.id(), id).orElseThrow());
    }

    /** The result of {@link #add}. */
    public sealed interface Added {
        record Done(Node node) implements Added {}

        record NoAddress(Prefix prefix) implements Added {}
    }

    public Optional<Node> find(long domainId, long id) {
        return sql.find(NodeRow.SELECT + " WHERE n.domain_id = ? AND n.id = ?", NodeRow::read, domainId, id)
                .map(this::withRoutes);
    }

    /** The only one with this key, of whatever domain. */
    public Optional<Node> find(NodeKey key) {
        return sql.find(NodeRow.SELECT + " WHERE n.node_key = ?", NodeRow::read, key.toString())
                .map(this::withRoutes);
    }

    /**
     * Those of the keys that are good: a node has them, they have not expired, and its user, if it has one, is not disabled.
     *
     * @param keys at most {@link #MAX_KEYS}, each a look-up in an index
     */
    public Set<NodeKey> goodAmong(Collection<NodeKey> keys) {
        if (keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException(keys.size() + " keys at once");
        }
        List<Object> values = new ArrayList<>(keys.size() + 1);
        keys.forEach(key -> values.add(key.toString()));
        values.add(now);
        String any = String.join(",", Collections.nCopies(keys.size(), "?"));
        return new HashSet<>(sql.list(
                "SELECT n.node_key FROM node n LEFT JOIN account a ON a.id = n.account_id WHERE n.node_key IN (" + any
                        + ") AND (n.expires_ms IS NULL OR n.expires_ms > ?)"
                        + " AND (n.account_id IS NULL OR (a.id IS NOT NULL AND a.disabled_ms IS NULL))",
                row -> NodeKey.parse(row.text("node_key")),
                values.toArray()));
    }

    /** The node of this machine in the domain that belongs to the same user, or, if tagged, to no user. */
    public Optional<Node> find(long domainId, MachineKey machine, Owner owner) {
        return sql
                .list(
                        NodeRow.SELECT + " WHERE n.machine_key = ? AND n.domain_id = ? ORDER BY n.id",
                        NodeRow::read,
                        machine.toString(),
                        domainId)
                .stream()
                .filter(node -> isSame(node.owner(), owner))
                .findFirst()
                .map(this::withRoutes);
    }

    private static boolean isSame(Owner one, Owner other) {
        return switch (one) {
            case Owner.OfUser user -> user.equals(other);
            case Owner.OfTags tagged -> other instanceof Owner.OfTags;
        };
    }

    public List<Node> list(long domainId) {
        Map<Long, Routes> routes =
                routes("SELECT r.* FROM route r JOIN node n ON n.id = r.node_id WHERE n.domain_id = ?", domainId);
        return sql.list(NodeRow.SELECT + " WHERE n.domain_id = ? ORDER BY n.id", NodeRow::read, domainId).stream()
                .map(node -> withRoutes(node, routes))
                .toList();
    }

    /** The ephemeral nodes of all domains that were not seen since. */
    public List<Node> listEphemeralUnseenSince(Instant since) {
        return sql.list(
                NodeRow.SELECT + " WHERE n.ephemeral AND n.last_seen_ms < ? ORDER BY n.id", NodeRow::read, since);
    }

    /** The names in the domain that begin like this. */
    public Set<String> namesLike(long domainId, String stem) {
        // A name is letters, digits and hyphens: nothing in it means something to LIKE.
        return new HashSet<>(sql.list(
                "SELECT name FROM node WHERE domain_id = ? AND name LIKE ?",
                row -> row.text("name"),
                domainId,
                stem + "%"));
    }

    private Node withRoutes(Node node) {
        return withRoutes(node, routes("SELECT * FROM route WHERE node_id = ?", node.id()));
    }

    private static Node withRoutes(Node node, Map<Long, Routes> routes) {
        Routes own = routes.get(node.id());
        return own == null ? node : NodeRow.withRoutes(node, own);
    }

    private Map<Long, Routes> routes(String query, long id) {
        Map<Long, Set<Prefix>> advertised = new HashMap<>();
        Map<Long, Set<Prefix>> approved = new HashMap<>();
        List<Long> nodeIds = sql.list(
                query,
                row -> {
                    long nodeId = row.number("node_id");
                    Prefix prefix = Prefix.parse(row.text("prefix"));
                    if (row.flag("advertised")) {
                        advertised
                                .computeIfAbsent(nodeId, first -> new HashSet<>())
                                .add(prefix);
                    }
                    if (row.flag("approved")) {
                        approved.computeIfAbsent(nodeId, first -> new HashSet<>())
                                .add(prefix);
                    }
                    return nodeId;
                },
                id);
        Map<Long, Routes> routes = new HashMap<>();
        for (long nodeId : new HashSet<>(nodeIds)) {
            routes.put(
                    nodeId,
                    new Routes(advertised.getOrDefault(nodeId, Set.of()), approved.getOrDefault(nodeId, Set.of())));
        }
        return routes;
    }

    /** The machine logged in again: same node, perhaps with another key, owner or host. */
    public void renew(Node node, Joining joining) {
        sql.updateOne(
                "UPDATE node SET account_id = ?, pre_auth_key_id = ?, node_key = ?, host_name = ?, host_info = ?,"
                        + " capability = ?, tags = ?, ephemeral = ?, expires_ms = ?, last_seen_ms = ? WHERE id = ?",
                joining.owner instanceof Owner.OfUser user ? user.userId() : null,
                joining.preAuthKeyId,
                joining.nodeKey.toString(),
                joining.host.name(),
                joining.host.info(),
                joining.host.capability(),
                joining.owner instanceof Owner.OfTags tagged ? tagged.tags().toString() : "",
                joining.ephemeral,
                joining.expires,
                now,
                node.id());
        boolean onlyKey = node.owner().equals(joining.owner) && node.host().equals(joining.host);
        changes.append(node.domainId(), onlyKey ? ChangeKind.NODE_KEY : ChangeKind.NODE_CHANGED, node.id());
    }

    /** What the node told about where it is. */
    public void setContact(Node node, Contact contact) {
        sql.updateOne(
                "UPDATE node SET disco_key = ?, endpoints = ?, home_relay = ? WHERE id = ?",
                contact.disco() == null ? null : contact.disco().toString(),
                NodeRow.format(contact.endpoints()),
                contact.homeRelay(),
                node.id());
        changes.append(node.domainId(), ChangeKind.NODE_CONTACT, node.id());
    }

    public void setHost(Node node, Host host) {
        sql.updateOne(
                "UPDATE node SET host_name = ?, host_info = ?, capability = ? WHERE id = ?",
                host.name(),
                host.info(),
                host.capability(),
                node.id());
        changes.append(node.domainId(), ChangeKind.NODE_CHANGED, node.id());
    }

    public void setName(Node node, String name) {
        sql.updateOne("UPDATE node SET name = ? WHERE id = ?", name, node.id());
        changes.append(node.domainId(), ChangeKind.NODE_CHANGED, node.id());
    }

    public void setRoutes(Node node, Routes routes) {
        sql.update("DELETE FROM route WHERE node_id = ?", node.id());
        Set<Prefix> all = new HashSet<>(routes.advertised());
        all.addAll(routes.approved());
        for (Prefix prefix : all) {
            sql.update(
                    "INSERT INTO route VALUES (?, ?, ?, ?)",
                    node.id(),
                    prefix.toString(),
                    routes.advertised().contains(prefix),
                    routes.approved().contains(prefix));
        }
        changes.append(node.domainId(), ChangeKind.NODE_ROUTES, node.id());
    }

    public void setOwner(Node node, Owner owner, @Nullable Instant expires) {
        sql.updateOne(
                "UPDATE node SET account_id = ?, tags = ?, expires_ms = ? WHERE id = ?",
                owner instanceof Owner.OfUser user ? user.userId() : null,
                owner instanceof Owner.OfTags tagged ? tagged.tags().toString() : "",
                expires,
                node.id());
        changes.append(node.domainId(), ChangeKind.NODE_CHANGED, node.id());
    }

    /**
     * Sets when the node's key is no longer good.
     *
     * @param expires null for never
     */
    public void setExpiry(Node node, @Nullable Instant expires) {
        sql.updateOne("UPDATE node SET expires_ms = ? WHERE id = ?", expires, node.id());
        changes.append(node.domainId(), ChangeKind.NODE_KEY, node.id());
    }

    /** Not in the change log: whether a node is there is told by other means. */
    public void setLastSeen(long id, Instant seen) {
        sql.update("UPDATE node SET last_seen_ms = ? WHERE id = ?", seen, id);
    }

    /** Forgets the node; its addresses rest, its id never comes back. */
    public void remove(Node node) {
        addresses.release(node.id());
        sql.update("DELETE FROM route WHERE node_id = ?", node.id());
        sql.update("UPDATE join_request SET node_id = NULL WHERE node_id = ?", node.id());
        sql.updateOne("DELETE FROM node WHERE id = ?", node.id());
        changes.append(node.domainId(), ChangeKind.NODE_REMOVED, node.id());
    }
}
