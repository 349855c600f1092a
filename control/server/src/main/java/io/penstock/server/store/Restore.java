package io.penstock.server.store;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Puts a backup in the place of a coordinator's database, while no coordinator runs on the folder. */
public final class Restore {
    private Restore() {}

    /**
     * Checks the backup, keeps what was there before beside it, and puts the backup in its place in one step.
     *
     * @return where the former database is; where it would be if there was none
     * @throws StoreException if the backup is damaged or of a newer program (nothing has changed then), or the disk refuses
     */
    public static Path run(StateFolder folder, Path backup, Instant now) {
        Path target = folder.resolve(Store.DATABASE_FILE);
        Path draft = folder.resolve(Store.DATABASE_FILE + ".restored");
        Path former = folder.resolve(Store.DATABASE_FILE + ".before-" + now.toEpochMilli());
        SqliteDatabase.unpackLibraryInto(folder);
        if (!Files.isRegularFile(backup)) {
            throw new StoreException(backup + " is not a file");
        }
        try {
            removeWithLog(draft);
            StateFolder.createOwnerOnly(draft);
            try (OutputStream out = Files.newOutputStream(draft)) {
                Files.copy(backup, out);
            }
            check(draft, backup, now);
            try (FileChannel channel = FileChannel.open(draft, READ)) {
                channel.force(true);
            }
            if (Files.exists(target)) {
                // Closing the last connection takes the log into the file. A log that were left would be applied to the
                // new file.
                new SqliteDatabase(target).openWriter().close();
                keepLogAside(target, former);
                Files.createLink(former, target);
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            StateFolder.forceFolder(folder.path());
            return former;
        } catch (SQLException | IOException e) {
            throw new StoreException("cannot restore " + backup + ": " + e.getMessage(), e);
        }
    }

    private static void check(Path draft, Path backup, Instant now) throws SQLException {
        SqliteDatabase database = new SqliteDatabase(draft);
        try (Connection connection = database.openWriter()) {
            List<String> faults = database.faults(connection);
            if (!faults.isEmpty()) {
                throw new StoreException(backup + " is damaged: " + faults.getFirst());
            }
            Migrations.requireOurs(connection, backup.toString());
            Migrations.apply(connection, backup.toString(), now);
        }
    }

    private static void keepLogAside(Path target, Path former) throws IOException {
        Path log = Path.of(target + "-wal");
        if (Files.exists(log)) {
            Files.move(log, Path.of(former + "-wal"));
        }
        Files.deleteIfExists(Path.of(target + "-shm"));
    }

    private static void removeWithLog(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(Path.of(file + "-wal"));
        Files.deleteIfExists(Path.of(file + "-shm"));
    }
}
