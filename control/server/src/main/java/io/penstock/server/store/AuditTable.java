package io.penstock.server.store;

import io.penstock.server.model.AuditEntry;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who did what. Rows are only added, and trimmed by age. Of one transaction. */
public final class AuditTable {
    private static final int MAX_TEXT = 500;

    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;

    AuditTable(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    /** Long texts are cut, and what a terminal would obey becomes a question mark: callers may send anything. */
    public void add(
            @Nullable Long domainId, String actor, String action, String target, boolean allowed, String detail) {
        sql.update(
                "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                numbers.next("audit"),
                domainId,
                now,
                cut(actor),
                cut(action),
                cut(target),
                allowed ? "allowed" : "denied",
                cut(detail));
    }

    /** The newest first, of one domain; {@code before} is the id to go on from. */
    public List<AuditEntry> list(long domainId, long before, int limit) {
        return sql.list(
                "SELECT * FROM audit WHERE domain_id = ? AND id < ? ORDER BY id DESC LIMIT " + limit,
                AuditTable::read,
                domainId,
                before);
    }

    /** Returns how many rows older than this were removed. */
    public int trim(Instant olderThan) {
        return sql.update("DELETE FROM audit WHERE at_ms < ?", olderThan);
    }

    private static String cut(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints().limit(MAX_TEXT).forEach(c -> kept.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return text.length() <= MAX_TEXT ? kept.toString() : kept + "…";
    }

    private static AuditEntry read(Sql.Row row) throws SQLException {
        return new AuditEntry(
                row.number("id"),
                row.numberOrNull("domain_id"),
                row.time("at_ms"),
                row.text("actor"),
                row.text("action"),
                row.text("target"),
                row.text("decision"),
                row.text("detail"));
    }
}
