package io.penstock.server.store;

import java.time.Duration;
import java.time.Instant;

/**
 * How often people typed in codes of devices that are none. Of one transaction. Five within fifteen minutes, and that user types in no more
 * for the rest of them; nobody else's device is touched.
 */
public final class CodeTryTable {
    public static final int MAX_FAILURES = 5;
    public static final Duration FAILURE_WINDOW = Duration.ofMinutes(15);

    private final Sql sql;
    private final Instant now;

    CodeTryTable(Sql sql, Instant now) {
        this.sql = sql;
        this.now = now;
    }

    /** Whether the user has tried too often. */
    public boolean isClosed(long userId) {
        return sql.number(
                        "SELECT COUNT(*) FROM code_try WHERE account_id = ? AND failures >= ? AND since_ms > ?",
                        userId,
                        MAX_FAILURES,
                        now.minus(FAILURE_WINDOW))
                > 0;
    }

    public void noteFailure(long userId) {
        sql.update("DELETE FROM code_try WHERE since_ms <= ?", now.minus(FAILURE_WINDOW));
        boolean isKnown = sql.update("UPDATE code_try SET failures = failures + 1 WHERE account_id = ?", userId) == 1;
        if (!isKnown) {
            sql.update("INSERT INTO code_try VALUES (?, ?, ?)", userId, 1, now);
        }
    }
}
