package io.penstock.server.store;

import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys that admit nodes. Of one transaction. */
public final class PreAuthKeyTable {
    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;

    PreAuthKeyTable(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    /**
     * Adds a key; of its secret only the hash is kept.
     *
     * @param userId null for a key whose nodes belong to their tags
     */
    public PreAuthKey add(
            long domainId,
            @Nullable Long userId,
            Token token,
            boolean reusable,
            boolean ephemeral,
            Tags tags,
            Instant expires) {
        PreAuthKey key = new PreAuthKey(
                numbers.next("pre-auth-key"),
                domainId,
                userId,
                token.prefix(),
                reusable,
                ephemeral,
                tags,
                now,
                expires,
                null,
                null,
                0);
        sql.update(
                "INSERT INTO pre_auth_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                key.id(),
                domainId,
                userId,
                token.prefix(),
                token.hash(),
                reusable,
                ephemeral,
                tags.toString(),
                now,
                expires,
                null,
                null,
                0);
        return key;
    }

    /** The key of this secret, of whatever domain, whether or not it may still be used. */
    public Optional<PreAuthKey> find(Token token) {
        return sql.find(
                        "SELECT * FROM pre_auth_key WHERE prefix = ?",
                        row -> token.matches(row.text("hash")) ? Optional.of(read(row)) : Optional.<PreAuthKey>empty(),
                        token.prefix())
                .flatMap(key -> key);
    }

    public Optional<PreAuthKey> find(long domainId, long id) {
        return sql.find(
                "SELECT * FROM pre_auth_key WHERE domain_id = ? AND id = ?", PreAuthKeyTable::read, domainId, id);
    }

    public List<PreAuthKey> list(long domainId) {
        return sql.list("SELECT * FROM pre_auth_key WHERE domain_id = ? ORDER BY id", PreAuthKeyTable::read, domainId);
    }

    /**
     * Uses the key once, in the transaction that admits the node. All conditions are in the one statement: of two that come at
     * the same time with a key for one use, one gets it.
     *
     * @return whether it could be used
     */
    public boolean consume(long id) {
        return sql.update(
                        "UPDATE pre_auth_key SET used_ms = COALESCE(used_ms, ?), uses = uses + 1"
                                + " WHERE id = ? AND revoked_ms IS NULL AND expires_ms > ?"
                                + " AND (reusable OR used_ms IS NULL)",
                        now,
                        id,
                        now)
                == 1;
    }

    /** Returns false if it was revoked before. */
    public boolean revoke(long id) {
        return sql.update("UPDATE pre_auth_key SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", now, id) == 1;
    }

    private static PreAuthKey read(Sql.Row row) throws SQLException {
        return new PreAuthKey(
                row.number("id"),
                row.number("domain_id"),
                row.numberOrNull("account_id"),
                row.text("prefix"),
                row.flag("reusable"),
                row.flag("ephemeral"),
                Tags.parse(row.text("tags")),
                row.time("created_ms"),
                row.time("expires_ms"),
                row.timeOrNull("revoked_ms"),
                row.timeOrNull("used_ms"),
                row.number("uses"));
    }
}
