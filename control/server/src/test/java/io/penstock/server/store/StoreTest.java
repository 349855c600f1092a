package io.penstock.server.store;

import static io.penstock.server.Samples.domain;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.model.Change;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Domain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private Store store;

    @BeforeEach
    void open() {
        store = Samples.store(parent, clock);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void keepsWhatWasWrittenOverARestart() {
        Domain written = store.write(tx -> domain(tx, "home"));
        byte[] noiseKey = store.read(tx -> tx.secrets().noiseKey().toBytes());

        reopen();

        assertEquals(Optional.of(written), store.read(tx -> tx.domains().find("home")));
        assertArrayEquals(noiseKey, store.read(tx -> tx.secrets().noiseKey().toBytes()));
        assertEquals(List.of(), store.faults());
    }

    @Test
    void forgetsWorkThatThrows() {
        assertThrows(
                IllegalStateException.class,
                () -> store.write(tx -> {
                    domain(tx, "home");
                    throw new IllegalStateException("no");
                }));

        assertEquals(List.of(), store.read(tx -> tx.domains().list()));
        assertEquals(0, lastChange());
        store.write(tx -> domain(tx, "home"));
        assertEquals(1, lastChange());
    }

    @Test
    void refusesTransactionWithinTransaction() {
        assertThrows(IllegalStateException.class, () -> store.write(tx -> store.write(inner -> 1)));
        assertThrows(IllegalStateException.class, () -> store.write(tx -> store.read(inner -> 1)));
        assertThrows(IllegalStateException.class, () -> store.read(tx -> store.write(inner -> 1)));
        assertThrows(IllegalStateException.class, () -> store.read(tx -> store.read(inner -> 1)));
        store.write(tx -> 0);
    }

    @Test
    void readingChangesNothing() {
        assertThrows(IllegalStateException.class, () -> store.read(tx -> domain(tx, "home")));
        assertEquals(List.of(), store.read(tx -> tx.domains().list()));
    }

    @Test
    void readingSeesOneMoment() throws Exception {
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            CountDownLatch seen = new CountDownLatch(1);
            CountDownLatch written = new CountDownLatch(1);
            Future<List<Integer>> sizes = executor.submit(() -> store.read(tx -> {
                int before = tx.domains().list().size();
                seen.countDown();
                await(written);
                return List.of(before, tx.domains().list().size());
            }));
            await(seen);
            store.write(tx -> domain(tx, "home"));
            written.countDown();

            assertEquals(List.of(0, 0), sizes.get());
            assertEquals(1, domains().size());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tellsOfChangesInTheirOrderAndOnlyAfterTheCommit() {
        List<Long> told = new ArrayList<>();
        store.onChange(last -> {
            assertEquals(last, lastChange());
            told.add(last);
        });

        store.write(tx -> domain(tx, "a"));
        store.write(tx -> 0);
        store.write(tx -> domain(tx, "b"));

        assertEquals(List.of(1L, 2L), told);
    }

    @Test
    void changeLogGivesWhatCameAfter() {
        Domain a = store.write(tx -> domain(tx, "a"));
        Domain b = store.write(tx -> domain(tx, "b"));

        List<Change> changes = store.read(tx -> tx.changes().since(1, 10)).orElseThrow();

        assertEquals(List.of(new Change(2, b.id(), ChangeKind.DOMAIN, b.id(), clock.instant())), changes);
        assertEquals(
                2, store.read(tx -> tx.changes().since(0, 10)).orElseThrow().size());
        assertEquals(1, store.read(tx -> tx.changes().since(0, 1)).orElseThrow().size());
        assertEquals(a.id(), 1);
    }

    @Test
    void changeLogSaysWhenEntriesAreGone() {
        store.write(tx -> domain(tx, "a"));
        clock.advance(Duration.ofHours(2));
        store.write(tx -> domain(tx, "b"));
        store.write(tx -> tx.changes().trim(clock.instant().minus(Duration.ofHours(1))));

        assertTrue(store.read(tx -> tx.changes().since(0, 10)).isEmpty(), "1 is gone");
        assertEquals(
                1, store.read(tx -> tx.changes().since(1, 10)).orElseThrow().size());

        clock.advance(Duration.ofHours(2));
        store.write(tx -> tx.changes().trim(clock.instant()));
        assertTrue(store.read(tx -> tx.changes().since(1, 10)).isEmpty(), "all are gone");
        assertEquals(List.of(), store.read(tx -> tx.changes().since(2, 10)).orElseThrow());
    }

    @Test
    void numbersDoNotComeBack() {
        store.write(tx -> domain(tx, "a"));
        clock.advance(Duration.ofHours(2));
        store.write(tx -> tx.changes().trim(clock.instant()));
        reopen();

        store.write(tx -> domain(tx, "b"));

        assertEquals(2, lastChange());
    }

    @Test
    void everyFileIsItsOwnersAlone() throws IOException {
        store.write(tx -> domain(tx, "a"));
        store.backup(parent.resolve("state/backup.db"));
        int files = 0;
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent.resolve("state"))) {
            for (Path file : found) {
                if (Files.isRegularFile(file)) {
                    assertEquals("rw-------", modeOf(file), file.toString());
                    files++;
                }
            }
        }
        assertTrue(files >= 6, "database, log, index of the log, sealing key, lock, backup: " + files);
    }

    private static String modeOf(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void noiseKeyIsNowhereInTheClear() throws IOException {
        byte[] key = store.read(tx -> tx.secrets().noiseKey().toBytes());
        store.close();

        String file = Files.readString(parent.resolve("state/coordinator.db"), StandardCharsets.ISO_8859_1);

        assertFalse(file.contains(new String(key, StandardCharsets.ISO_8859_1)), "bytes");
        assertFalse(file.contains(HexFormat.of().formatHex(key)), "digits");
        assertTrue(file.contains("noise"), "the row is there");
        store = Samples.store(parent, clock);
    }

    @Test
    void refusesToStartWithoutTheSealingKey() throws IOException {
        store.close();
        Path key = parent.resolve("state/sealing.key");
        byte[] bytes = Files.readAllBytes(key);
        Files.delete(key);

        StoreException refusal = assertThrows(StoreException.class, () -> Samples.store(parent, clock));

        assertTrue(refusal.toString().contains("sealing.key is missing"), refusal.toString());
        try (StateFolder folder = StateFolder.open(parent.resolve("state"))) {
            folder.writeAtomically("sealing.key", bytes);
        }
        store = Samples.store(parent, clock);
    }

    @Test
    void saysThatTheSealingKeyIsAnother() {
        store.close();
        try (StateFolder folder = StateFolder.open(parent.resolve("state"))) {
            folder.writeAtomically("sealing.key", "00".repeat(32).getBytes(StandardCharsets.US_ASCII));
        }
        store = Samples.store(parent, clock);

        StoreException refusal = assertThrows(
                StoreException.class, () -> store.read(tx -> tx.secrets().noiseKey()));

        assertTrue(refusal.toString().contains("sealing.key"), refusal.toString());
    }

    @Test
    void backupIsWholeWhileOthersWrite() throws Exception {
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> writing = executor.submit(() -> {
                for (int i = 0; i < 100; i++) {
                    String name = "d" + i;
                    store.write(tx -> domain(tx, name));
                }
            });
            for (int i = 0; i < 5; i++) {
                store.backup(parent.resolve("backup" + i));
            }
            writing.get();
        }
        for (int i = 0; i < 5; i++) {
            Path home = parent.resolve("home" + i);
            Path backup = parent.resolve("backup" + i);
            try (StateFolder folder = StateFolder.open(home)) {
                Restore.run(folder, backup, clock.instant());
                Files.copy(parent.resolve("state/sealing.key"), folder.resolve("sealing.key"));
            }
            try (Store copy = Store.open(StateFolder.open(home), clock, new Seeded(2))) {
                assertEquals(List.of(), copy.faults());
                List<Domain> domains = copy.read(tx -> tx.domains().list());
                long last = copy.read(tx -> tx.changes().last());
                assertEquals(domains.size(), last);
            }
        }
    }

    @Test
    void backupOverwritesNothing() throws IOException {
        Path there = Files.writeString(parent.resolve("there"), "mine");

        assertThrows(StoreException.class, () -> store.backup(there));

        assertEquals("mine", Files.readString(there));
    }

    @Test
    void restoreKeepsTheFormerDatabaseAndIsRepeatable() {
        store.write(tx -> domain(tx, "a"));
        store.backup(parent.resolve("backup"));
        store.write(tx -> domain(tx, "b"));
        store.close();

        Path former;
        try (StateFolder folder = StateFolder.open(parent.resolve("state"))) {
            former = Restore.run(folder, parent.resolve("backup"), clock.instant());
        }

        store = Samples.store(parent, clock);
        assertEquals(1, domains().size());
        store.close();
        try (StateFolder folder = StateFolder.open(parent.resolve("state"))) {
            Restore.run(folder, former, clock.instant().plusSeconds(1));
        }
        store = Samples.store(parent, clock);
        assertEquals(2, domains().size());
    }

    @Test
    void restoreRefusesWhatIsNoBackup() throws IOException {
        store.write(tx -> domain(tx, "a"));
        store.backup(parent.resolve("backup"));
        store.close();
        byte[] damaged = Files.readAllBytes(parent.resolve("backup"));
        for (int i = 4096; i < damaged.length; i++) {
            damaged[i] ^= 0x55;
        }
        Path bad = Files.write(parent.resolve("bad"), damaged);
        Path empty = Files.createFile(parent.resolve("empty"));
        try (StateFolder folder = StateFolder.open(parent.resolve("state"))) {
            for (Path file : List.of(bad, empty, parent.resolve("missing"))) {
                assertThrows(StoreException.class, () -> Restore.run(folder, file, clock.instant()), file.toString());
            }
        }
        store = Samples.store(parent, clock);
        assertEquals(1, domains().size());
    }

    private long lastChange() {
        return store.read(tx -> tx.changes().last());
    }

    private List<Domain> domains() {
        return store.read(tx -> tx.domains().list());
    }

    private void reopen() {
        store.close();
        store = Samples.store(parent, clock);
    }
}
