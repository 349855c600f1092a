package io.penstock.server.store;

import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Domain;
import io.penstock.wireguard.route.Prefix;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The domains. Of one transaction. */
public final class DomainTable {
    private final Sql sql;
    private final NumberSource numbers;
    private final ChangeLog changes;
    private final Instant now;

    DomainTable(Sql sql, NumberSource numbers, ChangeLog changes, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.changes = changes;
        this.now = now;
    }

    public Domain add(String name, String dnsSuffix, Prefix v4, Prefix v6, @Nullable Duration keyLifetime) {
        Domain domain = new Domain(numbers.next("domain"), name, dnsSuffix, v4, v6, keyLifetime, now);
        sql.update(
                "INSERT INTO domain VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                domain.id(),
                name,
                dnsSuffix,
                v4.toString(),
                v6.toString(),
                keyLifetime == null ? null : keyLifetime.toMillis(),
                0,
                0,
                now);
        changes.append(domain.id(), ChangeKind.DOMAIN, domain.id());
        return domain;
    }

    public List<Domain> list() {
        return sql.list("SELECT * FROM domain ORDER BY id", DomainTable::read);
    }

    public Optional<Domain> find(long id) {
        return sql.find("SELECT * FROM domain WHERE id = ?", DomainTable::read, id);
    }

    public Optional<Domain> find(String name) {
        return sql.find("SELECT * FROM domain WHERE name = ?", DomainTable::read, name);
    }

    private static Domain read(Sql.Row row) throws SQLException {
        Long lifetimeMs = row.numberOrNull("key_lifetime_ms");
        return new Domain(
                row.number("id"),
                row.text("name"),
                row.text("dns_suffix"),
                Prefix.parse(row.text("prefix_v4")),
                Prefix.parse(row.text("prefix_v6")),
                lifetimeMs == null ? null : Duration.ofMillis(lifetimeMs),
                row.time("created_ms"));
    }
}
