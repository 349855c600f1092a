package io.penstock.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Statements of one transaction. Times are stored in milliseconds since 1970. A fault of the database is a
 * {@link StoreException} and ends the transaction. Owned by the thread that runs the transaction.
 */
final class Sql {
    /** Makes a value of the current row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(Row row) throws SQLException;
    }

    private final Connection connection;
    private final boolean writable;

    Sql(Connection connection, boolean writable) {
        this.connection = connection;
        this.writable = writable;
    }

    void requireWritable() {
        if (!writable) {
            throw new IllegalStateException("a reading transaction changes nothing");
        }
    }

    /** Runs a statement; returns how many rows it changed. */
    int update(String sql, @Nullable Object... values) {
        requireWritable();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw failed(sql, e);
        }
    }

    /** Runs a statement that must change exactly one row. */
    void updateOne(String sql, @Nullable Object... values) {
        int rows = update(sql, values);
        if (rows != 1) {
            throw new IllegalStateException(rows + " rows instead of one: " + sql);
        }
    }

    <T> List<T> list(String sql, Reader<T> reader, @Nullable Object... values) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            try (ResultSet result = statement.executeQuery()) {
                List<T> found = new ArrayList<>();
                Row row = new Row(result);
                while (result.next()) {
                    found.add(reader.read(row));
                }
                return List.copyOf(found);
            }
        } catch (SQLException e) {
            throw failed(sql, e);
        }
    }

    /** The only row of an answer, if there is one. */
    <T> Optional<T> find(String sql, Reader<T> reader, @Nullable Object... values) {
        List<T> found = list(sql, reader, values);
        if (found.size() > 1) {
            throw new IllegalStateException("more than one row: " + sql);
        }
        return found.stream().findFirst();
    }

    /** The number that a {@code SELECT} of one number finds. */
    long number(String sql, @Nullable Object... values) {
        return find(sql, row -> row.number(1), values).orElseThrow();
    }

    private static void bind(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            switch (values[i]) {
                case null -> statement.setNull(i + 1, Types.NULL);
                case Long number -> statement.setLong(i + 1, number);
                case Integer number -> statement.setInt(i + 1, number);
                case Boolean flag -> statement.setBoolean(i + 1, flag);
                case String text -> statement.setString(i + 1, text);
                case Instant time -> statement.setLong(i + 1, time.toEpochMilli());
                case byte[] bytes -> statement.setBytes(i + 1, bytes);
                default -> throw new IllegalArgumentException("cannot be stored: " + values[i].getClass());
            }
        }
    }

    private static StoreException failed(String sql, SQLException cause) {
        return new StoreException("the database refused " + sql + ": " + cause.getMessage(), cause);
    }

    /** The current row of an answer. */
    static final class Row {
        private final ResultSet result;

        private Row(ResultSet result) {
            this.result = result;
        }

        String text(String column) throws SQLException {
            String text = result.getString(column);
            if (text == null) {
                throw new SQLException("nothing in " + column);
            }
            return text;
        }

        @Nullable String textOrNull(String column) throws SQLException {
            return result.getString(column);
        }

        long number(int column) throws SQLException {
            return result.getLong(column);
        }

        long number(String column) throws SQLException {
            return result.getLong(column);
        }

        @Nullable Long numberOrNull(String column) throws SQLException {
            long number = result.getLong(column);
            return result.wasNull() ? null : number;
        }

        boolean flag(String column) throws SQLException {
            return result.getBoolean(column);
        }

        Instant time(String column) throws SQLException {
            return Instant.ofEpochMilli(result.getLong(column));
        }

        @Nullable Instant timeOrNull(String column) throws SQLException {
            Long number = numberOrNull(column);
            return number == null ? null : Instant.ofEpochMilli(number);
        }

        byte[] bytes(String column) throws SQLException {
            return result.getBytes(column);
        }
    }
}
