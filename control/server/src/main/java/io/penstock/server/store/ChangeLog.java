package io.penstock.server.store;

import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What happened, in the order of the commits. Each table appends to it by itself, so that no change can be forgotten. Whoever
 * builds maps reads from here; if the entries it wants were trimmed, it starts over.
 */
public final class ChangeLog {
    private static final String SOURCE = "change";

    private final Sql sql;
    private final NumberSource numbers;
    private final Instant now;
    private long last;

    ChangeLog(Sql sql, NumberSource numbers, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.now = now;
    }

    void append(long domainId, ChangeKind kind, long subjectId) {
        last = numbers.next(SOURCE);
        sql.update("INSERT INTO change VALUES (?, ?, ?, ?, ?)", last, domainId, kind.text(), subjectId, now);
    }

    /** The last entry that this transaction appended, 0 if none. */
    long appended() {
        return last;
    }

    /** The number of the last change of all, 0 before the first. */
    public long last() {
        return sql.find("SELECT last FROM number_source WHERE name = ?", row -> row.number("last"), SOURCE)
                .orElse(0L);
    }

    /**
     * The changes after {@code seq}, at most {@code limit}, of all domains.
     *
     * @return empty if some of them were trimmed: then read everything anew
     */
    public Optional<List<Change>> since(long seq, int limit) {
        long first = sql.find("SELECT MIN(seq) AS first FROM change", row -> row.number("first"))
                .orElse(0L); // 0 when there is none
        long lost = first == 0 ? last() : first - 1;
        if (seq < lost) {
            return Optional.empty();
        }
        return Optional.of(sql.list(
                "SELECT * FROM change WHERE seq > ? ORDER BY seq LIMIT " + limit,
                row -> new Change(
                        row.number("seq"),
                        row.number("domain_id"),
                        ChangeKind.parse(row.text("kind")),
                        row.number("subject_id"),
                        row.time("at_ms")),
                seq));
    }

    /** Forgets what is older; returns how many entries. Numbers go on. */
    public int trim(Instant olderThan) {
        return sql.update("DELETE FROM change WHERE at_ms < ?", olderThan);
    }
}
