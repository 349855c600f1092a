package io.penstock.server.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Passwords of local administrators, and authenticator apps of everybody. Of one transaction. Five failures within fifteen minutes close an
 * account for the rest of them; nobody else's is touched.
 */
public final class CredentialTable {
    public static final int MAX_FAILURES = 5;
    public static final Duration FAILURE_WINDOW = Duration.ofMinutes(15);

    private final Sql sql;
    private final SecretBox box;
    private final Instant now;

    CredentialTable(Sql sql, SecretBox box, Instant now) {
        this.sql = sql;
        this.box = box;
        this.now = now;
    }

    /**
     * What somebody proves themselves by.
     *
     * @param passwordHash in the form of its hash function, never a password; empty for whom a provider knows by one
     * @param totpLastStep the last step of which a code was accepted
     * @param closed whether too many tries failed lately
     */
    public record Credential(long userId, String passwordHash, long totpLastStep, boolean closed) {}

    /** Sets the credential of a user, in place of any before. */
    public void set(long userId, String passwordHash, byte[] totpSeed) {
        sql.update("DELETE FROM credential WHERE account_id = ?", userId);
        sql.update(
                "INSERT INTO credential VALUES (?, ?, ?, ?, ?, ?)",
                userId,
                passwordHash,
                box.seal(seedName(userId), totpSeed),
                0L,
                0,
                now);
    }

    /** Forgets what a user has, if anything. */
    public void remove(long userId) {
        sql.update("DELETE FROM credential WHERE account_id = ?", userId);
    }

    public Optional<Credential> find(long userId) {
        return sql.find(
                "SELECT * FROM credential WHERE account_id = ?",
                row -> new Credential(
                        userId,
                        row.text("password_hash"),
                        row.number("totp_last_step"),
                        row.number("failures") >= MAX_FAILURES
                                && row.time("failures_since_ms")
                                        .plus(FAILURE_WINDOW)
                                        .isAfter(now)),
                userId);
    }

    /** The seed of the user's second factor, if they have one; the caller wipes it. */
    public Optional<byte[]> totpSeed(long userId) {
        return sql.find(
                "SELECT totp_sealed FROM credential WHERE account_id = ?",
                row -> box.open(seedName(userId), row.text("totp_sealed")),
                userId);
    }

    /** Notes that a code of this step was accepted; false if one of it or of a later step was before. */
    public boolean acceptStep(long userId, long step) {
        return sql.update(
                        "UPDATE credential SET totp_last_step = ?, failures = 0"
                                + " WHERE account_id = ? AND totp_last_step < ?",
                        step,
                        userId,
                        step)
                == 1;
    }

    public void noteFailure(long userId) {
        Instant windowStart = now.minus(FAILURE_WINDOW);
        sql.update(
                "UPDATE credential SET failures = CASE WHEN failures_since_ms <= ? THEN 1 ELSE failures + 1 END,"
                        + " failures_since_ms = CASE WHEN failures_since_ms <= ? OR failures = 0 THEN ?"
                        + " ELSE failures_since_ms END WHERE account_id = ?",
                windowStart,
                windowStart,
                now,
                userId);
    }

    private static String seedName(long userId) {
        return "totp/" + userId;
    }
}
