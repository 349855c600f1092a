package io.penstock.server.store;

import static java.nio.file.StandardOpenOption.READ;

import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator remembers. {@link #write} runs one piece of work at a time; when it returns, the work is on the disk and
 * survives {@code kill -9} and a power cut, and when it throws, nothing has happened. {@link #read} runs beside it, a few at a
 * time, each on one consistent moment. Thread-safe. Never give it work that waits for anything else.
 */
public final class Store implements AutoCloseable {
    static final String DATABASE_FILE = "coordinator.db";

    /** Of the file in the state folder without which a database is of no use. */
    public static final String SEALING_KEY_FILE = "sealing.key";

    private static final int MAX_READERS = 4;

    private final StateFolder folder;
    private final Database database;
    private final InstantSource clock;
    private final Entropy entropy;
    private final SecretBox box;
    private final Connection writer;
    private final ReentrantLock writing = new ReentrantLock(true);
    private final Semaphore readerPermits = new Semaphore(MAX_READERS, true);
    private final Deque<Connection> idleReaders = new ArrayDeque<>(MAX_READERS); // guarded by itself
    private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
    private final ThreadLocal<Boolean> inside = new ThreadLocal<>();
    private volatile boolean closed;

    private Store(
            StateFolder folder,
            Database database,
            Connection writer,
            SecretBox box,
            InstantSource clock,
            Entropy entropy) {
        this.folder = folder;
        this.database = database;
        this.writer = writer;
        this.box = box;
        this.clock = clock;
        this.entropy = entropy;
    }

    /**
     * Opens the store in a state folder and owns the folder from here on. At the first start makes everything, the coordinator's
     * own keys included; after an upgrade brings the schema up to date.
     *
     * @throws StoreException if it cannot be used; the folder is closed then
     */
    public static Store open(StateFolder folder, InstantSource clock, Entropy entropy) {
        SqliteDatabase.unpackLibraryInto(folder);
        Database database = new SqliteDatabase(folder.resolve(DATABASE_FILE));
        Connection writer = null;
        try {
            boolean isFirstStart = Files.notExists(folder.resolve(DATABASE_FILE));
            SecretBox box = new SecretBox(sealingKey(folder, isFirstStart, entropy), entropy);
            writer = database.openWriter();
            Migrations.apply(writer, database.place(), clock.instant());
            Store store = new Store(folder, database, writer, box, clock, entropy);
            store.write(tx -> {
                tx.secrets().generateMissing();
                return null;
            });
            return store;
        } catch (SQLException e) {
            closeQuietly(writer, e);
            folder.close();
            throw new StoreException("cannot open " + database.place() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeQuietly(writer, e);
            folder.close();
            throw e;
        }
    }

    private static byte[] sealingKey(StateFolder folder, boolean isFirstStart, Entropy entropy) {
        Path file = folder.resolve(SEALING_KEY_FILE);
        try {
            if (Files.notExists(file)) {
                if (!isFirstStart) {
                    throw new StoreException(file + " is missing, without which the secrets in " + DATABASE_FILE
                            + " do not open: put it back from where you keep it");
                }
                byte[] key = new byte[SecretBox.KEY_LENGTH];
                entropy.fill(key);
                folder.writeAtomically(
                        SEALING_KEY_FILE, HexFormat.of().formatHex(key).getBytes(StandardCharsets.US_ASCII));
                return key;
            }
            return HexFormat.of().parseHex(Files.readString(file).strip());
        } catch (IOException | IllegalArgumentException e) {
            throw new StoreException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static void closeQuietly(@Nullable Connection connection, Exception reason) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    /**
     * Runs the work as the only writer, and returns its result once all of it is on the disk.
     *
     * @throws StoreException if the database fails; nothing has happened then. Whatever the work throws has the same effect
     */
    public <T extends @Nullable Object> T write(Function<Transaction, T> work) {
        requireOutside();
        writing.lock();
        try {
            requireOpen();
            Transaction transaction = new Transaction(writer, true, clock.instant(), box, entropy);
            T result;
            try {
                inside.set(true);
                result = work.apply(transaction);
                writer.commit();
            } catch (SQLException e) {
                rollback(e);
                throw new StoreException("cannot commit to " + database.place() + ": " + e.getMessage(), e);
            } catch (RuntimeException | Error e) {
                rollback(e);
                throw e;
            } finally {
                inside.remove();
            }
            long last = transaction.changes().appended();
            if (last > 0) {
                listeners.forEach(listener -> listener.accept(last));
            }
            return result;
        } finally {
            writing.unlock();
        }
    }

    private void rollback(Throwable reason) {
        try {
            writer.rollback();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    /**
     * Runs work that changes nothing, on one moment of the store.
     *
     * @throws StoreException if the database fails
     */
    public <T extends @Nullable Object> T read(Function<Transaction, T> work) {
        requireOutside();
        readerPermits.acquireUninterruptibly();
        try {
            Connection reader = takeReader();
            try {
                inside.set(true);
                T result = work.apply(new Transaction(reader, false, clock.instant(), box, entropy));
                reader.rollback(); // ends the moment
                giveBack(reader);
                return result;
            } catch (SQLException e) {
                closeQuietly(reader, e);
                throw new StoreException("cannot read " + database.place() + ": " + e.getMessage(), e);
            } catch (RuntimeException | Error e) {
                closeQuietly(reader, new SQLException(e));
                throw e;
            } finally {
                inside.remove();
            }
        } finally {
            readerPermits.release();
        }
    }

    private Connection takeReader() {
        synchronized (idleReaders) {
            requireOpen();
            Connection idle = idleReaders.poll();
            if (idle != null) {
                return idle;
            }
        }
        try {
            return database.openReader();
        } catch (SQLException e) {
            throw new StoreException("cannot open " + database.place() + ": " + e.getMessage(), e);
        }
    }

    private void giveBack(Connection reader) throws SQLException {
        synchronized (idleReaders) {
            if (!closed) {
                idleReaders.push(reader);
                return;
            }
        }
        reader.close();
    }

    /** Work that begins another transaction would wait for itself sooner or later. */
    private void requireOutside() {
        if (Boolean.TRUE.equals(inside.get())) {
            throw new IllegalStateException("a transaction within a transaction");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }

    /**
     * Calls {@code listener} with the number of the last change after each commit that has changes, in their order, on the
     * writer's thread: it may note the number and wake somebody, no more.
     */
    public void onChange(LongConsumer listener) {
        listeners.add(listener);
    }

    /**
     * Copies what is committed to a new file, 0600 and complete when this returns; reading and writing go on meanwhile. The
     * sealing key is not in it: whoever has both has everything.
     *
     * @throws StoreException if the file exists or cannot be written; it is not left half written
     */
    public void backup(Path target) {
        requireOpen();
        if (Files.exists(target)) {
            throw new StoreException(target + " exists; a backup overwrites nothing");
        }
        Path draft = target.resolveSibling(target.getFileName() + ".part");
        try {
            Files.deleteIfExists(draft);
            database.backup(draft);
            try (FileChannel channel = FileChannel.open(draft, READ)) {
                channel.force(true);
            }
            Files.move(draft, target);
            StateFolder.forceFolder(
                    Objects.requireNonNull(target.toAbsolutePath().getParent())); // a file has one
        } catch (SQLException | IOException e) {
            try {
                Files.deleteIfExists(draft);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw new StoreException("cannot back up to " + target + ": " + e.getMessage(), e);
        }
    }

    /**
     * {@link #backup} into the state folder's {@code backups}.
     *
     * @param name of the file, checked by the caller to be no path
     * @return empty if there is a file of this name
     */
    public Optional<Path> backupInState(String name) {
        Path target = folder.makeFolder("backups").resolve(name);
        if (Files.exists(target)) {
            return Optional.empty();
        }
        backup(target);
        return Optional.of(target);
    }

    /** Size of the database and its log, in bytes. */
    public long sizeBytes() {
        long bytes = 0;
        for (String file : List.of(DATABASE_FILE, DATABASE_FILE + "-wal")) {
            bytes += folder.resolve(file).toFile().length(); // 0 if there is none
        }
        return bytes;
    }

    /** What is wrong with the stored bytes, or nothing. Reads everything, which takes a while. */
    public List<String> faults() {
        requireOpen();
        try (Connection reader = database.openReader()) {
            return database.faults(reader);
        } catch (SQLException e) {
            throw new StoreException("cannot check " + database.place() + ": " + e.getMessage(), e);
        }
    }

    /** Waits for the work under way, then lets everything go. */
    @Override
    public void close() {
        writing.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            try (folder) {
                synchronized (idleReaders) {
                    for (Connection reader : idleReaders) {
                        reader.close();
                    }
                    idleReaders.clear();
                }
                writer.close();
            } catch (SQLException e) {
                throw new StoreException("cannot close " + database.place() + ": " + e.getMessage(), e);
            }
        } finally {
            writing.unlock();
        }
    }
}
