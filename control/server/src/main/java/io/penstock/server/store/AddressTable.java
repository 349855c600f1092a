package io.penstock.server.store;

import io.penstock.server.model.AddressPool;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Which node has which address. The primary key keeps two nodes of a domain from the same one, whatever a program does. An
 * address that a node gave back rests for a while, so that what is still sent to its former owner reaches nobody else. Of one
 * transaction.
 */
public final class AddressTable {
    /** How long an address is given to nobody after its node was removed. */
    public static final Duration REST = Duration.ofHours(24);

    private static final int V4 = 4;
    private static final int V6 = 6;

    private final Sql sql;
    private final Instant now;

    AddressTable(Sql sql, Instant now) {
        this.sql = sql;
        this.now = now;
    }

    /** Gives the node its IPv4 address; empty if all are taken. The node's row must exist. */
    public Optional<IpAddress> allocateV4(Domain domain, long nodeId) {
        return allocate(domain.id(), new AddressPool(domain.v4()), V4, nodeId);
    }

    /** Gives the node its IPv6 address; empty if all are taken. The node's row must exist. */
    public Optional<IpAddress> allocateV6(Domain domain, long nodeId) {
        return allocate(domain.id(), new AddressPool(domain.v6()), V6, nodeId);
    }

    private Optional<IpAddress> allocate(long domainId, AddressPool pool, int family, long nodeId) {
        String cursor = family == V4 ? "next_v4" : "next_v6";
        long start = sql.number("SELECT " + cursor + " FROM domain WHERE id = ?", domainId);
        return switch (pool.choose(start, address -> isTaken(domainId, address))) {
            case AddressPool.Choice.Found found -> {
                sql.update(
                        "DELETE FROM address WHERE domain_id = ? AND address = ?",
                        domainId,
                        found.address().toString()); // a rested one
                sql.update(
                        "INSERT INTO address VALUES (?, ?, ?, ?, ?)",
                        domainId,
                        found.address().toString(),
                        nodeId,
                        family,
                        null);
                sql.updateOne("UPDATE domain SET " + cursor + " = ? WHERE id = ?", found.next(), domainId);
                yield Optional.of(found.address());
            }
            case AddressPool.Choice.Exhausted() -> Optional.empty();
        };
    }

    private boolean isTaken(long domainId, IpAddress address) {
        return sql.number(
                        "SELECT COUNT(*) FROM address WHERE domain_id = ? AND address = ?"
                                + " AND (node_id IS NOT NULL OR released_ms > ?)",
                        domainId,
                        address.toString(),
                        now.minus(REST))
                > 0;
    }

    void release(long nodeId) {
        sql.update("UPDATE address SET node_id = NULL, released_ms = ? WHERE node_id = ?", now, nodeId);
    }

    /** How many addresses of the family nodes of the domain have. */
    public long inUse(long domainId, boolean isV6) {
        return sql.number(
                "SELECT COUNT(*) FROM address WHERE domain_id = ? AND family = ? AND node_id IS NOT NULL",
                domainId,
                isV6 ? V6 : V4);
    }

    /** How many addresses of the family rest. */
    public long resting(long domainId, boolean isV6) {
        return sql.number(
                "SELECT COUNT(*) FROM address WHERE domain_id = ? AND family = ? AND node_id IS NULL"
                        + " AND released_ms > ?",
                domainId,
                isV6 ? V6 : V4,
                now.minus(REST));
    }
}
