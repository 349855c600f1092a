package io.penstock.server.store;

import io.penstock.server.model.ProviderGrant;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** By what providers are asked whether they still vouch for somebody. Of one transaction. */
public final class ProviderGrantTable {
    private static final String DUE = "FROM provider_grant WHERE refused_ms IS NULL AND next_ms <= ?";

    private final Sql sql;
    private final SecretBox box;
    private final Instant now;

    ProviderGrantTable(Sql sql, SecretBox box, Instant now) {
        this.sql = sql;
        this.box = box;
        this.now = now;
    }

    /**
     * Keeps what somebody's sign-in gave, in the place of what an earlier one did.
     *
     * @param next when the provider is asked
     */
    public void put(long userId, long providerId, String refreshToken, Instant next) {
        forget(userId);
        sql.update(
                "INSERT INTO provider_grant VALUES (?, ?, ?, ?, ?, ?)",
                userId,
                providerId,
                seal(userId, refreshToken),
                next,
                0,
                null);
    }

    private String seal(long userId, String refreshToken) {
        return box.seal(name(userId), refreshToken.getBytes(StandardCharsets.UTF_8));
    }

    private static String name(long userId) {
        return "provider-grant/" + userId;
    }

    /** Whether somebody is to be asked for, for a look that makes nobody wait. */
    public boolean isAnyDue() {
        return sql.number("SELECT COUNT(*) " + DUE, now) > 0;
    }

    /**
     * The one that has been due for longest, which is due again after that lease unless something comes of it: who else looks meanwhile,
     * in another process over the same store, does not ask with the same token.
     *
     * @param exceptProviders whose turn it is not
     */
    public Optional<ProviderGrant> takeDue(Duration lease, Collection<Long> exceptProviders) {
        String except = exceptProviders.isEmpty()
                ? ""
                : " AND provider_id NOT IN ("
                        + exceptProviders.stream().map(String::valueOf).collect(Collectors.joining(",")) + ")";
        Optional<ProviderGrant> found =
                sql.find("SELECT * " + DUE + except + " ORDER BY next_ms, account_id LIMIT 1", this::read, now);
        found.ifPresent(grant -> sql.updateOne(
                "UPDATE provider_grant SET next_ms = ? WHERE account_id = ?", now.plus(lease), grant.userId()));
        return found;
    }

    /**
     * The provider still vouches.
     *
     * @param refreshToken from now on
     * @return false if another grant is there by now, or none
     */
    public boolean renew(ProviderGrant asked, String refreshToken, Instant next) {
        return isSame(asked)
                && sql.update(
                                "UPDATE provider_grant SET refresh_sealed = ?, next_ms = ?, failures = 0 WHERE account_id = ?",
                                seal(asked.userId(), refreshToken),
                                next,
                                asked.userId())
                        == 1;
    }

    /** The provider said nothing that could be believed. */
    public void postpone(ProviderGrant asked, Instant next) {
        if (isSame(asked)) {
            sql.update(
                    "UPDATE provider_grant SET next_ms = ?, failures = failures + 1 WHERE account_id = ?",
                    next,
                    asked.userId());
        }
    }

    /** Whether the grant is there as it was asked with: somebody who signed in meanwhile has another. */
    public boolean isSame(ProviderGrant asked) {
        return find(asked.userId())
                .filter(grant -> grant.refused() == null && grant.refreshToken().equals(asked.refreshToken()))
                .isPresent();
    }

    public Optional<ProviderGrant> find(long userId) {
        return sql.find("SELECT * FROM provider_grant WHERE account_id = ?", this::read, userId);
    }

    /** The provider vouches no longer; its token is forgotten, and that it refused is not. */
    public void refuse(long userId) {
        sql.updateOne(
                "UPDATE provider_grant SET refresh_sealed = '', refused_ms = ? WHERE account_id = ?", now, userId);
    }

    public void forget(long userId) {
        sql.update("DELETE FROM provider_grant WHERE account_id = ?", userId);
    }

    private ProviderGrant read(Sql.Row row) throws SQLException {
        long userId = row.number("account_id");
        return new ProviderGrant(
                userId,
                row.number("provider_id"),
                open(userId, row.text("refresh_sealed")),
                row.number("failures"),
                row.timeOrNull("refused_ms"));
    }

    private String open(long userId, String sealed) {
        if (sealed.isEmpty()) {
            return "";
        }
        byte[] token = box.open(name(userId), sealed);
        try {
            return new String(token, StandardCharsets.UTF_8);
        } finally {
            Arrays.fill(token, (byte) 0);
        }
    }
}
