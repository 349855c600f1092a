package io.penstock.server.store;

import java.time.Instant;

/** Logout tokens of providers that were acted on. Of one transaction. */
public final class ProviderLogoutTable {
    private final Sql sql;
    private final Instant now;

    ProviderLogoutTable(Sql sql, Instant now) {
        this.sql = sql;
        this.now = now;
    }

    /**
     * Notes a token; those whose time is over are forgotten.
     *
     * @param tokenHash of what makes it one of a kind
     * @param expires from when on it is refused for its age
     * @return false if it was noted before
     */
    public boolean note(long providerId, String tokenHash, Instant expires) {
        sql.update("DELETE FROM provider_logout WHERE expires_ms <= ?", now);
        boolean isKnown = sql.number(
                        "SELECT COUNT(*) FROM provider_logout WHERE provider_id = ? AND token_hash = ?",
                        providerId,
                        tokenHash)
                > 0;
        if (!isKnown) {
            sql.update("INSERT INTO provider_logout VALUES (?, ?, ?)", providerId, tokenHash, expires);
        }
        return !isKnown;
    }
}
