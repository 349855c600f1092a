package io.penstock.server.store;

/**
 * Numbers that are given once. Ids of deleted rows do not come back, and the row that is locked until the commit makes the
 * sequence of changes the sequence of commits, on any database.
 */
final class NumberSource {
    private final Sql sql;

    NumberSource(Sql sql) {
        this.sql = sql;
    }

    /** The next number of this name, from 1. */
    long next(String name) {
        sql.requireWritable();
        return sql.number(
                "INSERT INTO number_source (name, last) VALUES (?, 1)"
                        + " ON CONFLICT (name) DO UPDATE SET last = number_source.last + 1 RETURNING last",
                name);
    }
}
