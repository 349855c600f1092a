package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.Tai64n;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampStoreTest {
    private static final Tai64n NOTHING = Tai64n.ofUnix(0, 0);
    private static final Tai64n START = Tai64n.ofUnix(1_700_000_000, 16_777_216);
    private static final PublicKey KEY = key(1);

    @TempDir
    private Path state;

    private Path directory;

    @BeforeEach
    void nameDirectory() {
        directory = TimestampStore.directoryIn(state);
    }

    @Test
    void knowsNothingAtFirst() throws IOException {
        assertEquals(NOTHING, store().read(KEY));
    }

    @Test
    void remembersTheReservationOfEachKey() throws IOException {
        TimestampStore store = store();
        store.reserve(KEY, START);
        store.reserve(key(2), START.plusSeconds(5));

        assertEquals(START, store().read(KEY));
        assertEquals(START.plusSeconds(5), store().read(key(2)));
        store.reserve(KEY, START.plusSeconds(10));
        assertEquals(START.plusSeconds(10), store().read(KEY));
    }

    @Test
    void isForItsOwnerOnlyAndLeavesNothingElse() throws IOException {
        store().reserve(KEY, START);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
        assertEquals(List.of(file(KEY)), files());
    }

    @Test
    void settlesOnWhatWasNotUsed() throws IOException {
        TimestampStore store = store();
        store.reserve(KEY, START.plusSeconds(10));
        store.settle(KEY, START.next());

        assertEquals(START.next(), store().read(KEY));
    }

    @Test
    void settlesOnlyItsOwnReservation() throws IOException {
        TimestampStore store = store();
        TimestampStore other = store();
        store.settle(KEY, START);
        assertEquals(NOTHING, store().read(KEY));

        store.reserve(KEY, START.plusSeconds(10));
        other.reserve(KEY, START.plusSeconds(11));
        store.settle(KEY, START);
        assertEquals(START.plusSeconds(11), store().read(KEY));

        other.settle(key(2), START);
        assertEquals(NOTHING, store().read(key(2)));
        assertEquals(START.plusSeconds(11), store().read(KEY));
    }

    @Test
    void neverLowersWhatAnotherHasStored() throws IOException {
        store().reserve(KEY, START.plusSeconds(100));
        TimestampStore late = store();
        late.reserve(KEY, START);
        assertEquals(START.plusSeconds(100), store().read(KEY));
        late.settle(KEY, START);
        assertEquals(START.plusSeconds(100), store().read(KEY));
    }

    @Test
    void readsWholeSeconds() throws IOException {
        store().reserve(KEY, START);
        Files.writeString(file(KEY), "1700000001\n");
        assertEquals(Tai64n.ofUnix(1_700_000_001, 0), store().read(KEY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "1.5", "99999999999999999999", "1 2", "\u00e4"})
    void saysWhatIsNoTimeAndReplacesIt(String text) throws IOException {
        store().reserve(KEY, START);
        Files.writeString(file(KEY), text);
        assertThrows(IOException.class, () -> store().read(KEY));

        store().reserve(KEY, START);
        assertEquals(START, store().read(KEY));
    }

    @Test
    void prunesWhatWasNotWrittenForLong() throws IOException {
        Instant now = Instant.ofEpochSecond(START.unixSeconds());
        TimestampStore store = store();
        store.prune(now); // before there is a directory
        for (int i = 1; i <= 3; i++) {
            store.reserve(key(i), START);
        }
        Path torn = Files.createFile(directory.resolve("x.new"));
        for (Path file : files()) {
            Files.setLastModifiedTime(file, FileTime.from(now.minus(TimestampStore.KEPT)));
        }
        Instant before = now.minus(TimestampStore.KEPT).minus(Duration.ofSeconds(1));
        for (Path old : List.of(torn, file(key(2)))) {
            Files.setLastModifiedTime(old, FileTime.from(before));
        }

        store.prune(now);

        assertEquals(Stream.of(file(KEY), file(key(3))).sorted().toList(), files());
    }

    private TimestampStore store() {
        return new TimestampStore(directory);
    }

    private Path file(PublicKey key) {
        return directory.resolve(Base64.getUrlEncoder().withoutPadding().encodeToString(key.toBytes()));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private static PublicKey key(int fill) {
        byte[] bytes = new byte[Protocol.KEY_LENGTH];
        Arrays.fill(bytes, (byte) fill);
        return PublicKey.of(bytes);
    }
}
