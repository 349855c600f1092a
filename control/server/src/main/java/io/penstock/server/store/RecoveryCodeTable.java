package io.penstock.server.store;

import java.time.Instant;
import java.util.Collection;

/** Codes for those whose second factor is gone, as hashes. Of one transaction. */
public final class RecoveryCodeTable {
    private final Sql sql;
    private final Instant now;

    RecoveryCodeTable(Sql sql, Instant now) {
        this.sql = sql;
        this.now = now;
    }

    /** Gives a user these, in the place of all before. */
    public void replace(long userId, Collection<String> hashes) {
        sql.update("DELETE FROM recovery_code WHERE account_id = ?", userId);
        hashes.forEach(hash -> sql.update("INSERT INTO recovery_code VALUES (?, ?, ?, ?)", userId, hash, now, null));
    }

    /** Uses one, once; false if it is none of the user's, or was used. */
    public boolean use(long userId, String hash) {
        return sql.update(
                        "UPDATE recovery_code SET used_ms = ? WHERE account_id = ? AND hash = ? AND used_ms IS NULL",
                        now,
                        userId,
                        hash)
                == 1;
    }

    /** How many are left. */
    public long left(long userId) {
        return sql.number("SELECT COUNT(*) FROM recovery_code WHERE account_id = ? AND used_ms IS NULL", userId);
    }
}
