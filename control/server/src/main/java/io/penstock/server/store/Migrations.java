package io.penstock.server.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Brings a database to the schema of this program: numbered files, each applied once, in its own transaction together with the
 * note that it was. A file that was applied never changes; its hash is checked at each start.
 */
final class Migrations {
    /** The files in {@code migrations/}, in their order; the number is the position from 1. */
    static final List<String> FILES = List.of(
            "0001-first.sql",
            "0002-join-request-address.sql",
            "0003-dns-settings.sql",
            "0004-identity-providers.sql",
            "0005-second-factor.sql",
            "0006-oauth2-providers.sql",
            "0007-recovery-codes.sql",
            "0008-device-codes.sql",
            "0009-passkeys.sql",
            "0010-saml-providers.sql");

    private static final String NOTES = "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY,"
            + " name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

    private Migrations() {}

    private record Note(long number, String name, String sha256) {}

    /**
     * Applies what is missing.
     *
     * @return how many files were applied
     * @throws StoreException if the database was made by a newer program, or by one whose files were others
     */
    static int apply(Connection connection, String place, Instant now) throws SQLException {
        return apply(connection, place, now, FILES);
    }

    static int apply(Connection connection, String place, Instant now, List<String> files) throws SQLException {
        connection.setAutoCommit(false);
        List<Note> applied = notes(connection);
        if (applied.size() > files.size()) {
            throw new StoreException(place + " has schema " + applied.size() + ", this program knows " + files.size()
                    + ": run a newer penstock, or restore a backup from before the upgrade");
        }
        for (int i = 0; i < applied.size(); i++) {
            Note note = applied.get(i);
            if (note.number != i + 1 || !note.sha256.equals(sha256(text(files.get(i))))) {
                throw new StoreException(place + " was made with another migration " + note.number + " (" + note.name
                        + ") than this program has");
            }
        }
        for (int i = applied.size(); i < files.size(); i++) {
            applyOne(connection, i + 1, files.get(i), now);
        }
        return files.size() - applied.size();
    }

    /** @throws StoreException unless the file was made by a coordinator */
    static void requireOurs(Connection connection, String place) throws SQLException {
        boolean ours;
        try (ResultSet tables = connection.getMetaData().getTables(null, null, "migration", null)) {
            ours = tables.next();
        }
        if (!ours) {
            throw new StoreException(place + " is not a database of a coordinator");
        }
    }

    private static List<Note> notes(Connection connection) throws SQLException {
        List<Note> notes = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute(NOTES);
            try (ResultSet row = statement.executeQuery("SELECT number, name, sha256 FROM migration ORDER BY number")) {
                while (row.next()) {
                    notes.add(new Note(row.getLong(1), row.getString(2), row.getString(3)));
                }
            }
        }
        connection.commit();
        return notes;
    }

    private static void applyOne(Connection connection, int number, String file, Instant now) throws SQLException {
        String text = text(file);
        try {
            try (Statement statement = connection.createStatement()) {
                for (String part : statements(text)) {
                    statement.execute(part);
                }
            }
            try (PreparedStatement note = connection.prepareStatement("INSERT INTO migration VALUES (?, ?, ?, ?)")) {
                note.setLong(1, number);
                note.setString(2, file);
                note.setString(3, sha256(text));
                note.setLong(4, now.toEpochMilli());
                note.executeUpdate();
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw new StoreException("migration " + file + " failed: " + e.getMessage(), e);
        }
    }

    /** The statements of a file: each ends with a semicolon at the end of a line, comments have lines of their own. */
    static List<String> statements(String text) {
        List<String> statements = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        for (String line : text.lines().toList()) {
            if (line.isBlank() || line.strip().startsWith("--")) {
                continue;
            }
            current.append(line).append('\n');
            if (line.stripTrailing().endsWith(";")) {
                statements.add(current.toString());
                current.setLength(0);
            }
        }
        if (!current.isEmpty()) {
            throw new IllegalArgumentException("a statement without its semicolon: " + current);
        }
        return statements;
    }

    static String text(String file) {
        try (InputStream in = Migrations.class.getResourceAsStream("migrations/" + file)) {
            if (in == null) {
                throw new IllegalArgumentException("no migration " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }
}
