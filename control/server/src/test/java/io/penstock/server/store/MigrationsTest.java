package io.penstock.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationsTest {
    private static final Path SOURCES = Path.of("src/main");

    /** What SQLite understands and PostgreSQL does not. */
    private static final Pattern SQLITE_ONLY = Pattern.compile(
            "(?i)PRAGMA|AUTOINCREMENT|INSERT OR |REPLACE INTO|\\browid\\b|VACUUM INTO|GLOB |IFNULL|WITHOUT ROWID|sqlite_");

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();

    @Test
    void everyFileIsListedAndNumbered() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES.resolve("resources/io/penstock/server/store/migrations"))) {
            assertEquals(
                    Migrations.FILES,
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        for (int i = 0; i < Migrations.FILES.size(); i++) {
            assertTrue(Migrations.FILES.get(i).startsWith("%04d-".formatted(i + 1)));
        }
    }

    @Test
    void appliesEachOnce() throws SQLException {
        try (Connection connection = connect()) {
            assertEquals(Migrations.FILES.size(), Migrations.apply(connection, "here", clock.instant()));
            assertEquals(0, Migrations.apply(connection, "here", clock.instant()));
        }
    }

    @Test
    void refusesDatabaseOfANewerProgram() throws SQLException {
        try (Connection connection = connect()) {
            Migrations.apply(connection, "here", clock.instant());
            execute(connection, "INSERT INTO migration VALUES (99, '0099-later.sql', 'x', 0)");

            StoreException refusal =
                    assertThrows(StoreException.class, () -> Migrations.apply(connection, "here", clock.instant()));

            assertTrue(refusal.toString().contains("newer"), refusal.toString());
        }
    }

    @Test
    void refusesDatabaseMadeByAnotherFile() throws SQLException {
        try (Connection connection = connect()) {
            Migrations.apply(connection, "here", clock.instant());
            execute(connection, "UPDATE migration SET sha256 = 'x' WHERE number = 1");

            assertThrows(StoreException.class, () -> Migrations.apply(connection, "here", clock.instant()));
        }
    }

    @Test
    void leavesNothingOfAFileThatFails() throws SQLException {
        try (Connection connection = connect()) {
            Migrations.apply(connection, "here", clock.instant());
            // The first file again: its first statement fails, since the table is there.
            List<String> broken = Stream.concat(Migrations.FILES.stream(), Stream.of("0001-first.sql"))
                    .toList();

            assertThrows(StoreException.class, () -> Migrations.apply(connection, "here", clock.instant(), broken));

            assertEquals(0, Migrations.apply(connection, "here", clock.instant()));
        }
    }

    @Test
    void speaksSqliteInOneClassOnly() throws IOException {
        int checked = 0;
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith("SqliteDatabase.java")) {
                    String text = Files.readString(file);
                    assertTrue(!SQLITE_ONLY.matcher(text).find(), file.toString());
                    checked++;
                }
            }
        }
        assertTrue(checked > 20, "found the sources");
        assertTrue(SQLITE_ONLY
                .matcher(Files.readString(SOURCES.resolve("java/io/penstock/server/store/SqliteDatabase.java")))
                .find());
    }

    @Test
    void databaseHasNoPlaceForAPrivateKey() {
        String schema = String.join(
                "\n", Migrations.FILES.stream().map(Migrations::text).toList());
        for (String statement : Migrations.statements(schema)) {
            assertTrue(!statement.toLowerCase(Locale.ROOT).contains("private"), statement);
        }
    }

    private Connection connect() throws SQLException {
        return new SqliteDatabase(parent.resolve("test.db")).openWriter();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        connection.commit();
    }
}
