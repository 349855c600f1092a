package io.penstock.server.store;

import java.time.Instant;

/**
 * What providers have said that counts once and was acted on: logout tokens of OpenID Connect, assertions of SAML. A bounded number. Of
 * one transaction.
 */
public final class ProviderLogoutTable {
    /** With more of them at a time none is acted on, rather than forgotten before its time. */
    public static final int MAX_KEPT = 100_000;

    private final Sql sql;
    private final Instant now;

    ProviderLogoutTable(Sql sql, Instant now) {
        this.sql = sql;
        this.now = now;
    }

    /**
     * Notes one; those whose time is over are forgotten.
     *
     * @param tokenHash of what makes it one of a kind
     * @param expires from when on it is refused for its age
     * @return false if it was noted before, or there are too many
     */
    public boolean note(long providerId, String tokenHash, Instant expires) {
        sql.update("DELETE FROM provider_logout WHERE expires_ms <= ?", now);
        boolean isKnown = sql.number(
                        "SELECT COUNT(*) FROM provider_logout WHERE provider_id = ? AND token_hash = ?",
                        providerId,
                        tokenHash)
                > 0;
        boolean isNew = !isKnown && sql.number("SELECT COUNT(*) FROM provider_logout") < MAX_KEPT;
        if (isNew) {
            sql.update("INSERT INTO provider_logout VALUES (?, ?, ?)", providerId, tokenHash, expires);
        }
        return isNew;
    }
}
