package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
    private static final ProcessIdentity NOBODY = new ProcessIdentity(1, Long.MAX_VALUE);

    @TempDir
    private Path directory;

    @Test
    void leavesRunningDemosAlone() throws Exception {
        Journal.create(directory, "abc123", ProcessIdentity.self());

        Leftovers.Sweep sweep = Leftovers.sweep(directory, true);
        assertEquals(List.of("abc123"), sweep.running());
        assertTrue(Files.exists(directory.resolve("demo-abc123.journal")));
    }

    /** Its first line comes a moment after the file. */
    @Test
    void leavesDemosAloneThatJustStart() throws Exception {
        Path file = Files.createFile(directory.resolve("demo-abc123.journal"));

        assertEquals(List.of("abc123"), Leftovers.sweep(directory, true).running());

        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
        assertEquals(List.of("abc123"), Leftovers.sweep(directory, true).removed());
    }

    @Test
    void removesTheJournalOfADeadOwner() throws Exception {
        Journal.create(directory, "abc123", NOBODY);

        Leftovers.Sweep sweep = Leftovers.sweep(directory, false);
        assertEquals(List.of("abc123"), sweep.removed());
        assertFalse(Files.exists(directory.resolve("demo-abc123.journal")));
    }

    @Test
    void leavesKeptDemosUntilAsked() throws Exception {
        Journal.create(directory, "abc123", NOBODY).record(Journal.Kind.KEPT, "");

        assertTrue(Leftovers.sweep(directory, false).removed().isEmpty());
        assertEquals(List.of("abc123"), Leftovers.sweep(directory, true).removed());
    }

    @Test
    void killsTheNamedProcessAndNotItsSuccessor() throws Exception {
        Process ours = new ProcessBuilder("sleep", "60").start();
        Process successor = new ProcessBuilder("sleep", "60").start();
        try {
            ProcessIdentity identity = ProcessIdentity.of(ours.pid());
            assertNotNull(identity);
            Journal journal = Journal.create(directory, "abc123", NOBODY);
            journal.record(Journal.Kind.PROCESS, identity.pid() + " " + identity.startTicks());
            journal.record(Journal.Kind.PROCESS, successor.pid() + " " + 1);
            journal.record(Journal.Kind.PROCESS, "rubbish");

            assertTrue(Leftovers.remove(journal).isEmpty());
            assertTrue(ours.waitFor(10, TimeUnit.SECONDS)); // a zombie until this process has collected it
            assertTrue(successor.isAlive());
        } finally {
            ours.destroyForcibly();
            successor.destroyForcibly();
        }
    }

    @Test
    void touchesNoNameThatIsNotItsOwn() throws Exception {
        Path foreign = Files.createFile(directory.resolve("demo-zzz999-a.log"));
        Path own = Files.createFile(directory.resolve("demo-abc123-a.log"));
        Journal journal = Journal.create(directory, "abc123", NOBODY);
        for (String name : List.of("init", "ps-zzz999-net", "ps-abc123-xx", "../ps-abc123-net", "ps-abc123-net/../x")) {
            journal.record(Journal.Kind.NAMESPACE, name);
            journal.record(Journal.Kind.INTERFACE, name);
        }
        journal.record(Journal.Kind.LOG, "demo-zzz999-a.log");
        journal.record(Journal.Kind.LOG, "../demo-abc123-a.log");
        journal.record(Journal.Kind.LOG, "demo-abc123-a.log");

        assertTrue(Leftovers.remove(journal).isEmpty());
        assertTrue(Files.exists(foreign));
        assertFalse(Files.exists(own));
    }

    @Test
    void removesItsFolderAndWhatLinksLeadToStays() throws Exception {
        Path foreign = Files.createDirectory(directory.resolve("demo-zzz999"));
        Path kept = Files.createFile(foreign.resolve("kept"));
        Path own = Files.createDirectories(directory.resolve("demo-abc123/gateway-a"));
        Files.createFile(own.resolve("state"));
        Files.createSymbolicLink(own.resolve("link"), foreign);
        Journal journal = Journal.create(directory, "abc123", NOBODY);
        for (String name : List.of("demo-zzz999", "..", "demo-abc123/../demo-zzz999", "demo-abc123")) {
            journal.record(Journal.Kind.FOLDER, name);
        }

        assertTrue(Leftovers.remove(journal).isEmpty());
        assertFalse(Files.exists(directory.resolve("demo-abc123")));
        assertTrue(Files.exists(kept));
    }

    @Test
    void sweepsAnEmptyPlace() throws IOException, InterruptedException {
        assertTrue(Leftovers.sweep(directory.resolve("none"), true).removed().isEmpty());
    }
}
