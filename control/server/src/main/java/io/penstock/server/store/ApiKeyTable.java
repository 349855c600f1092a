package io.penstock.server.store;

import io.penstock.server.model.ApiKey;
import io.penstock.server.model.Token;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Keys of programs that call the API. Of one transaction. */
public final class ApiKeyTable {
    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;

    ApiKeyTable(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    public ApiKey add(
            long domainId, long userId, Token token, String description, Set<String> scopes, Instant expires) {
        ApiKey key = new ApiKey(
                numbers.next("api-key"), domainId, userId, token.prefix(), description, scopes, now, expires, null);
        sql.update(
                "INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                key.id(),
                domainId,
                userId,
                token.prefix(),
                token.hash(),
                description,
                String.join(" ", new TreeSet<>(scopes)),
                now,
                expires,
                null);
        return key;
    }

    /** The key of this secret, whether or not it is still good. */
    public Optional<ApiKey> find(Token token) {
        return sql.find(
                        "SELECT * FROM api_key WHERE prefix = ?",
                        row -> token.matches(row.text("hash")) ? Optional.of(read(row)) : Optional.<ApiKey>empty(),
                        token.prefix())
                .flatMap(key -> key);
    }

    public Optional<ApiKey> find(long domainId, long id) {
        return sql.find("SELECT * FROM api_key WHERE domain_id = ? AND id = ?", ApiKeyTable::read, domainId, id);
    }

    public List<ApiKey> list(long domainId) {
        return sql.list("SELECT * FROM api_key WHERE domain_id = ? ORDER BY id", ApiKeyTable::read, domainId);
    }

    /** Returns false if it was revoked before. */
    public boolean revoke(long id) {
        return sql.update("UPDATE api_key SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", now, id) == 1;
    }

    private static ApiKey read(Sql.Row row) throws SQLException {
        String scopes = row.text("scopes");
        return new ApiKey(
                row.number("id"),
                row.number("domain_id"),
                row.number("account_id"),
                row.text("prefix"),
                row.text("description"),
                scopes.isEmpty() ? Set.of() : Set.of(scopes.split(" ")),
                row.time("created_ms"),
                row.time("expires_ms"),
                row.timeOrNull("revoked_ms"));
    }
}
