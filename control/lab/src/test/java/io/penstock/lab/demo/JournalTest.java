package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final ProcessIdentity OWNER = new ProcessIdentity(12, 34);

    @TempDir
    private Path directory;

    @Test
    void nothingIsStartedOnceItIsSealed() throws Exception {
        Journal journal = Journal.create(directory, "abc123", ProcessIdentity.self());
        int[] made = new int[1];
        journal.unlessSealed(() -> made[0]++);
        journal.seal();

        assertThrows(IOException.class, () -> journal.unlessSealed(() -> made[0]++));
        assertEquals(1, made[0]);
    }

    @Test
    void isReadBackAsItWasWritten() throws Exception {
        Journal journal = Journal.create(directory, "abc123", OWNER);
        journal.record(Journal.Kind.NAMESPACE, "ps-abc123-net");
        journal.record(Journal.Kind.KEPT, "");

        Journal read = Journal.readAll(directory).getFirst();
        assertEquals("abc123", read.id());
        assertEquals(journal.entries(), read.entries());
        assertEquals(List.of("12 34"), read.values(Journal.Kind.OWNER));
        assertEquals(List.of(""), read.values(Journal.Kind.KEPT));
    }

    @Test
    void isReadableByItsOwnerOnly() throws IOException {
        Journal.create(directory, "abc123", OWNER);

        Path file = directory.resolve("demo-abc123.journal");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void namesAThingBeforeItIsMade() throws Exception {
        Journal journal = Journal.create(directory, "abc123", OWNER);

        journal.make(Journal.Kind.NAMESPACE, "ps-abc123-ga", () -> {
            Journal other = Journal.readAll(directory).getFirst();
            assertEquals(List.of("ps-abc123-ga"), other.values(Journal.Kind.NAMESPACE));
        });
    }

    @Test
    void makesNothingOnceSealed() throws IOException {
        Journal journal = Journal.create(directory, "abc123", OWNER);
        journal.seal();
        AtomicBoolean made = new AtomicBoolean();

        assertThrows(
                IOException.class, () -> journal.make(Journal.Kind.NAMESPACE, "ps-abc123-ga", () -> made.set(true)));
        assertFalse(made.get());
        assertEquals(1, Journal.readAll(directory).getFirst().entries().size());
    }

    @Test
    void refusesATakenId() throws IOException {
        Journal.create(directory, "abc123", OWNER);

        assertThrows(FileAlreadyExistsException.class, () -> Journal.create(directory, "abc123", OWNER));
    }

    @Test
    void ignoresUnknownAndCutLines() throws IOException {
        Path file = directory.resolve("demo-abc123.journal");
        Files.writeString(file, "owner 1 2\nfuture thing\n\nnamespace ps-abc123-ga\nnamespace ps-abc12");

        Journal journal = Journal.read(directory, "abc123");
        assertEquals(2, journal.entries().size());
        assertEquals(List.of("ps-abc123-ga"), journal.values(Journal.Kind.NAMESPACE));
    }

    @Test
    void readsWhateverIsInAFile() throws IOException {
        byte[] bytes = new byte[1000];
        new Random(1).nextBytes(bytes);
        Files.write(directory.resolve("demo-abc123.journal"), bytes);

        assertEquals(1, Journal.readAll(directory).size());
    }

    @Test
    void namesTheFileThatCannotBeRead() throws IOException {
        Path file = Files.createDirectory(directory.resolve("demo-abc123.journal"));

        IOException failure = assertThrows(IOException.class, () -> Journal.readAll(directory));
        assertTrue(String.valueOf(failure.getMessage()).contains(file.toString()), failure::toString);
    }

    /** As when another demo ends between the look at the directory and that at the file. */
    @Test
    void passesOverAFileThatIsGone() throws IOException {
        Files.createSymbolicLink(directory.resolve("demo-abc123.journal"), directory.resolve("gone"));

        assertTrue(Journal.readAll(directory).isEmpty());
    }

    @Test
    void findsNothingWithoutADirectory() throws IOException {
        assertTrue(Journal.readAll(directory.resolve("none")).isEmpty());
    }
}
