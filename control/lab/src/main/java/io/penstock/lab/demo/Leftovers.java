package io.penstock.lab.demo;

import io.penstock.engine.TimestampStore;
import io.penstock.engine.TunnelOptions;
import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Removes what journals name: the only way a demo ends, and the way one that crashed is swept up. Idempotent. Every name is
 * checked against the demo's own patterns and id before anything is touched, whatever a journal says.
 */
public final class Leftovers {
    static final Path KEY_NOTES = TimestampStore.directoryIn(TunnelOptions.DEFAULT_STATE_DIRECTORY);

    private static final Pattern KEY_NOTE = Pattern.compile("[A-Za-z0-9_-]{43}"); // a public key, base64 for file names

    private Leftovers() {}

    /**
     * What a sweep did; ids of demos.
     *
     * @param running demos that were left alone, their owner lives
     * @param problems what could not be removed, for people
     */
    public record Sweep(List<String> removed, List<String> running, List<String> problems) {}

    /**
     * Removes the demos whose owner is gone.
     *
     * @param keptToo also those that were to stay ({@code --keep})
     */
    public static Sweep sweep(Path directory, boolean keptToo) throws IOException, InterruptedException {
        Sweep sweep = new Sweep(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Journal journal : Journal.readAll(directory)) {
            boolean kept = !journal.values(Journal.Kind.KEPT).isEmpty();
            boolean isRunning = journal.isBeingStarted(Instant.now())
                    || journal.values(Journal.Kind.OWNER).stream().anyMatch(Leftovers::isAlive);
            if (!kept && isRunning) {
                sweep.running().add(journal.id());
            } else if (!kept || keptToo) {
                List<String> problems = remove(journal);
                sweep.problems().addAll(problems);
                if (problems.isEmpty()) {
                    sweep.removed().add(journal.id());
                }
            }
        }
        return sweep;
    }

    /** Removes everything that one journal names, then the journal; returns what could not be removed. */
    static List<String> remove(Journal journal) throws InterruptedException {
        journal.seal();
        List<String> problems = new ArrayList<>();
        Set<ProcessIdentity> processes = processes(journal);
        processes.forEach(ProcessIdentity::ask); // all at once: each takes its time
        for (ProcessIdentity process : processes) {
            if (!process.end()) {
                problems.add("process " + process.pid() + " does not end");
            }
        }
        for (String name : journal.values(Journal.Kind.INTERFACE)) {
            if (isOf(journal, name) && Topology.isOurInterface(name)) {
                attempt(problems, "socket of " + name, () -> Files.deleteIfExists(ControlSocket.path(name)));
            }
        }
        for (String name : journal.values(Journal.Kind.NAMESPACE)) {
            if (isOf(journal, name) && Topology.isOurNamespace(name)) {
                attempt(problems, "namespace " + name, () -> delete(name));
            }
        }
        for (String name : journal.values(Journal.Kind.KEY)) {
            if (KEY_NOTE.matcher(name).matches()) {
                attempt(problems, "note " + name, () -> {
                    Files.deleteIfExists(KEY_NOTES.resolve(name));
                    Files.deleteIfExists(KEY_NOTES.resolve(name + ".new"));
                });
            }
        }
        for (String name : journal.values(Journal.Kind.LOG)) {
            if (name.startsWith("demo-" + journal.id()) && name.indexOf('/') < 0) {
                attempt(
                        problems,
                        name,
                        () -> Files.deleteIfExists(journal.directory().resolve(name)));
            }
        }
        for (String name : journal.values(Journal.Kind.FOLDER)) {
            if (name.equals(journal.folder())) {
                attempt(problems, name, () -> deleteTree(journal.directory().resolve(name)));
            }
        }
        if (problems.isEmpty()) {
            attempt(problems, "journal of demo " + journal.id(), journal::delete);
        }
        return problems;
    }

    private static void delete(String namespace) throws IOException {
        try {
            NetworkNamespace.delete(namespace);
        } catch (IOException e) {
            if (Files.exists(namespacePath(namespace))) { // else it was never made, or another sweep was quicker
                throw e;
            }
        }
    }

    /** Follows no links. */
    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private interface Removal {
        void run() throws IOException;
    }

    private static void attempt(List<String> problems, String what, Removal removal) {
        try {
            removal.run();
        } catch (IOException e) {
            problems.add(what + " cannot be removed: " + e.getMessage());
        }
    }

    /**
     * The processes that the journal names, and those that it could not name any more because the demo was killed between starting
     * one and writing its number: they run in a namespace of ours with an interface of ours, or a file in the demo's folder, as an
     * argument.
     */
    private static Set<ProcessIdentity> processes(Journal journal) {
        Set<ProcessIdentity> found = new HashSet<>();
        for (String value : journal.values(Journal.Kind.PROCESS)) {
            ProcessIdentity process = parse(value);
            if (process != null && process.isAlive()) {
                found.add(process);
            }
        }
        Set<String> namespaces = new HashSet<>();
        for (String name : journal.values(Journal.Kind.NAMESPACE)) {
            if (isOf(journal, name) && Topology.isOurNamespace(name)) {
                namespaces.add(inodeLink(name));
            }
        }
        List<String> interfaces = journal.values(Journal.Kind.INTERFACE).stream()
                .filter(name -> isOf(journal, name) && Topology.isOurInterface(name))
                .toList();
        boolean hasFolder = journal.values(Journal.Kind.FOLDER).contains(journal.folder());
        String folder = hasFolder ? journal.directory().resolve(journal.folder()) + "/" : null;
        if (!interfaces.isEmpty() || folder != null) {
            ProcessHandle.allProcesses()
                    .filter(handle -> runsIn(handle.pid(), namespaces) && names(handle.pid(), interfaces, folder))
                    .map(handle -> ProcessIdentity.of(handle.pid()))
                    .filter(process -> process != null)
                    .forEach(found::add);
        }
        return found;
    }

    private static boolean isOf(Journal journal, String name) {
        return name.startsWith("ps-" + journal.id() + "-") || name.startsWith("ps" + journal.id());
    }

    private static boolean isAlive(String owner) {
        ProcessIdentity process = parse(owner);
        return process != null && process.isAlive();
    }

    private static @Nullable ProcessIdentity parse(String value) {
        String[] numbers = value.split(" ", -1);
        try {
            return numbers.length == 2
                    ? new ProcessIdentity(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]))
                    : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static Path namespacePath(String name) {
        return Path.of("/run/netns", name);
    }

    /** As {@code /proc/PID/ns/net} shows it. */
    private static String inodeLink(String namespace) {
        try {
            return "net:[" + Files.getAttribute(namespacePath(namespace), "unix:ino") + "]";
        } catch (IOException e) {
            return "gone";
        }
    }

    private static boolean runsIn(long pid, Set<String> namespaces) {
        try {
            return namespaces.contains(
                    Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString());
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean names(long pid, List<String> interfaces, @Nullable String folder) {
        try {
            String command = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
            return List.of(command.split("\0", -1)).stream()
                    .anyMatch(word -> interfaces.contains(word) || (folder != null && word.startsWith(folder)));
        } catch (IOException e) {
            return false;
        }
    }
}
