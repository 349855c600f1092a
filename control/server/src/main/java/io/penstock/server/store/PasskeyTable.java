package io.penstock.server.store;

import io.penstock.server.model.Passkey;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Passkeys, and what browsers are to answer with one. Of one transaction. */
public final class PasskeyTable {
    /** How long an answer may take. */
    public static final Duration CHALLENGE_LIFETIME = Duration.ofMinutes(5);

    /** For what a browser is asked. */
    public enum Purpose {
        MAKE,
        PROVE
    }

    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;

    PasskeyTable(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    /**
     * Gives somebody a passkey.
     *
     * @return empty if it is known already
     */
    public Optional<Passkey> add(long userId, Passkey.Made made, String name) {
        if (sql.number("SELECT COUNT(*) FROM passkey WHERE credential_id = ?", made.credentialId()) > 0) {
            return Optional.empty();
        }
        long id = numbers.next("passkey");
        sql.update(
                "INSERT INTO passkey VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id,
                userId,
                made.credentialId(),
                made.attested(),
                name,
                made.signCount(),
                String.join("\n", made.transports().stream().sorted().toList()),
                made.userVerified(),
                made.backupEligible(),
                made.backedUp(),
                now,
                null);
        return find(id);
    }

    public Optional<Passkey> find(long id) {
        return sql.find("SELECT * FROM passkey WHERE id = ?", PasskeyTable::read, id);
    }

    /** The oldest first. */
    public List<Passkey> of(long userId) {
        return sql.list("SELECT * FROM passkey WHERE account_id = ? ORDER BY id", PasskeyTable::read, userId);
    }

    public void use(long id, Passkey.Used used) {
        sql.updateOne(
                "UPDATE passkey SET sign_count = ?, user_verified = (user_verified OR ?), backed_up = ?, last_used_ms = ?"
                        + " WHERE id = ?",
                used.signCount(),
                used.userVerified(),
                used.backedUp(),
                now,
                id);
    }

    public void rename(long id, String name) {
        sql.updateOne("UPDATE passkey SET name = ? WHERE id = ?", name, id);
    }

    public void remove(long id) {
        sql.updateOne("DELETE FROM passkey WHERE id = ?", id);
    }

    /** Forgets all of somebody's. */
    public int removeAll(long userId) {
        return sql.update("DELETE FROM passkey WHERE account_id = ?", userId);
    }

    /** Asks a session's browser; what it was asked for the same purpose before is to be answered no more. */
    public void ask(long sessionId, Purpose purpose, String challenge) {
        sql.update("DELETE FROM passkey_challenge WHERE expires_ms <= ?", now);
        sql.update("DELETE FROM passkey_challenge WHERE session_id = ? AND purpose = ?", sessionId, purpose.name());
        sql.update(
                "INSERT INTO passkey_challenge VALUES (?, ?, ?, ?)",
                sessionId,
                purpose.name(),
                challenge,
                now.plus(CHALLENGE_LIFETIME));
    }

    /** What the session's browser was asked and has not answered yet; it is taken, whatever comes of the answer. */
    public Optional<String> take(long sessionId, Purpose purpose) {
        Optional<String> challenge = sql.find(
                "SELECT challenge FROM passkey_challenge WHERE session_id = ? AND purpose = ? AND expires_ms > ?",
                row -> row.text("challenge"),
                sessionId,
                purpose.name(),
                now);
        sql.update("DELETE FROM passkey_challenge WHERE session_id = ? AND purpose = ?", sessionId, purpose.name());
        return challenge;
    }

    private static Passkey read(Sql.Row row) throws SQLException {
        return new Passkey(
                row.number("id"),
                row.number("account_id"),
                row.text("credential_id"),
                row.text("attested"),
                row.text("name"),
                row.number("sign_count"),
                ProviderTable.set(row.text("transports")),
                row.flag("user_verified"),
                row.flag("backup_eligible"),
                row.flag("backed_up"),
                row.time("created_ms"),
                row.timeOrNull("last_used_ms"));
    }
}
