package io.penstock.server.store;

import io.penstock.server.model.OneTimeLink;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Links that make an administrator, once. Of one transaction. */
public final class OneTimeLinkTable {
    public static final Duration LIFETIME = Duration.ofHours(24);

    private static final String ADMINISTRATOR = "administrator";

    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;

    OneTimeLinkTable(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    /** Adds a link; those of the domain for the same role that were not used are good no longer. */
    public OneTimeLink add(long domainId, Token token, Role role, boolean operator) {
        sql.update(
                "DELETE FROM one_time_link WHERE domain_id = ? AND role = ? AND operator = ? AND used_ms IS NULL",
                domainId,
                role.toString(),
                operator);
        OneTimeLink link = new OneTimeLink(
                numbers.next("link"), domainId, token.prefix(), role, operator, now, now.plus(LIFETIME), null);
        sql.update(
                "INSERT INTO one_time_link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                link.id(),
                domainId,
                token.prefix(),
                token.hash(),
                ADMINISTRATOR,
                role.toString(),
                operator,
                now,
                link.expires(),
                null);
        return link;
    }

    /** How many links {@link #add} would end that are good now. */
    public long countGood(long domainId, Role role, boolean operator) {
        return sql.number(
                "SELECT COUNT(*) FROM one_time_link WHERE domain_id = ? AND role = ? AND operator = ? AND used_ms IS NULL"
                        + " AND expires_ms > ?",
                domainId,
                role.toString(),
                operator,
                now);
    }

    /** The link of this secret, whether or not it is still good. */
    public Optional<OneTimeLink> find(Token token) {
        return sql.find(
                        "SELECT * FROM one_time_link WHERE prefix = ?",
                        row -> token.matches(row.text("hash")) ? Optional.of(read(row)) : Optional.<OneTimeLink>empty(),
                        token.prefix())
                .flatMap(link -> link);
    }

    /** Uses the link, in the transaction that makes the administrator; false if it is not good any more. */
    public boolean consume(long id) {
        return sql.update(
                        "UPDATE one_time_link SET used_ms = ? WHERE id = ? AND used_ms IS NULL AND expires_ms > ?",
                        now,
                        id,
                        now)
                == 1;
    }

    private static OneTimeLink read(Sql.Row row) throws SQLException {
        return new OneTimeLink(
                row.number("id"),
                row.number("domain_id"),
                row.text("prefix"),
                Role.parse(row.text("role")),
                row.flag("operator"),
                row.time("created_ms"),
                row.time("expires_ms"),
                row.timeOrNull("used_ms"));
    }
}
