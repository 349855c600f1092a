package io.penstock.server.store;

import io.penstock.server.model.Session;
import io.penstock.server.model.Token;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Signed-in browsers. Of one transaction. */
public final class SessionTable {
    public static final Duration LIFETIME = Duration.ofHours(12);

    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;

    SessionTable(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    /** Begins a session; those that have expired are forgotten. */
    public Session add(long userId, Token token) {
        return add(userId, token, null, null, true, null);
    }

    /**
     * Begins a session of somebody for whom a provider has vouched.
     *
     * @param providerSid what the provider calls its own session, null if it does not say
     * @param secondFactor whether more than a password was proven
     * @param endsAt when the provider's own session is over, if that is before ours; null if it does not say
     */
    public Session add(
            long userId,
            Token token,
            @Nullable Long providerId,
            @Nullable String providerSid,
            boolean secondFactor,
            @Nullable Instant endsAt) {
        sql.update("DELETE FROM session WHERE expires_ms <= ?", now);
        Instant longest = now.plus(LIFETIME);
        Session session = new Session(
                numbers.next("session"),
                userId,
                token.prefix(),
                now,
                endsAt != null && endsAt.isBefore(longest) ? endsAt : longest,
                null,
                providerId,
                secondFactor ? now : null);
        sql.update(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                session.id(),
                userId,
                token.prefix(),
                token.hash(),
                now,
                session.expires(),
                null,
                providerId,
                providerSid,
                session.secondFactor());
        return session;
    }

    /** Begins a session with a second factor behind it, in the place of one without, which ends, and until when that would have. */
    public Session follow(Session before, Token token) {
        String providerSid = sql.find(
                        "SELECT * FROM session WHERE id = ?",
                        row -> Optional.ofNullable(row.textOrNull("provider_sid")),
                        before.id())
                .flatMap(sid -> sid)
                .orElse(null);
        revoke(before.id());
        return add(before.userId(), token, before.providerId(), providerSid, true, before.expires());
    }

    /** The session of this secret, whether or not it is still good. */
    public Optional<Session> find(Token token) {
        return sql.find(
                        "SELECT * FROM session WHERE prefix = ?",
                        row -> token.matches(row.text("hash")) ? Optional.of(read(row)) : Optional.<Session>empty(),
                        token.prefix())
                .flatMap(session -> session);
    }

    /** Ends one session. */
    public void revoke(long id) {
        sql.update("UPDATE session SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", now, id);
    }

    /** Ends every session of a user. */
    public void revokeAll(long userId) {
        sql.update("UPDATE session SET revoked_ms = ? WHERE account_id = ? AND revoked_ms IS NULL", now, userId);
    }

    /**
     * Ends the sessions that began by a provider.
     *
     * @param userId only those of this user; null if the next names which
     * @param providerSid only those of this session at the provider; null for all
     * @return how many there were
     */
    public int revokeOfProvider(long providerId, @Nullable Long userId, @Nullable String providerSid) {
        if (userId == null && providerSid == null) {
            throw new IllegalArgumentException("whose sessions");
        }
        return sql.update(
                "UPDATE session SET revoked_ms = ? WHERE provider_id = ? AND revoked_ms IS NULL"
                        + (userId == null ? "" : " AND account_id = " + userId)
                        + (providerSid == null ? " AND ? IS NULL" : " AND provider_sid = ?"),
                now,
                providerId,
                providerSid);
    }

    private static Session read(Sql.Row row) throws SQLException {
        return new Session(
                row.number("id"),
                row.number("account_id"),
                row.text("prefix"),
                row.time("created_ms"),
                row.time("expires_ms"),
                row.timeOrNull("revoked_ms"),
                row.numberOrNull("provider_id"),
                row.timeOrNull("second_factor_ms"));
    }
}
