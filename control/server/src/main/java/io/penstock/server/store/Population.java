package io.penstock.server.store;

import java.time.Instant;
import java.util.List;

/** How many there are of what. Of one transaction. */
public final class Population {
    /** Domains beyond are not told of, since each is a series of its own in whatever keeps the figures. */
    static final int MAX_DOMAINS = 1000;

    private final Sql sql;
    private final Instant now;

    Population(Sql sql, Instant now) {
        this.sql = sql;
        this.now = now;
    }

    public record OfDomain(String name, long users, long nodes, long expiredNodes) {}

    /** The oldest domains, {@value #MAX_DOMAINS} at most. */
    public List<OfDomain> byDomain() {
        return sql.list(
                "SELECT name, (SELECT COUNT(*) FROM account WHERE domain_id = domain.id) AS users,"
                        + " (SELECT COUNT(*) FROM node WHERE domain_id = domain.id) AS nodes,"
                        + " (SELECT COUNT(*) FROM node WHERE domain_id = domain.id AND expires_ms <= ?) AS expired"
                        + " FROM domain ORDER BY id LIMIT " + MAX_DOMAINS,
                row -> new OfDomain(row.text("name"), row.number("users"), row.number("nodes"), row.number("expired")),
                now);
    }
}
