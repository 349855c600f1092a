package io.penstock.cli.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A WireGuard interface that a program made in a site, and the process behind it. {@link #close} ends both. */
final class WgInterface implements AutoCloseable {
    private static final Duration MOMENT = Duration.ofSeconds(20);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Site site;
    private final String name;
    private final long pid;

    private WgInterface(Site site, String name, long pid) {
        this.site = site;
        this.name = name;
        this.pid = pid;
    }

    /** Control sockets lie in one folder for all namespaces, so names are unique in the machine. */
    static String newName() {
        return "pt" + Long.toString(ProcessHandle.current().pid(), 36) + "x" + COUNT.incrementAndGet();
    }

    static WgInterface start(Program program, Site site) {
        return start(program, site, newName(), Map.of());
    }

    /** Starts the program in the background; when this returns, its interface is there and its socket answers. */
    static WgInterface start(Program program, Site site, String name, Map<String, String> environment) {
        List<String> command = new ArrayList<>(program.command());
        command.add(name);
        site.run(environment, command).mustSucceed();
        return adopt(site, name);
    }

    /** An interface that somebody else started. */
    static WgInterface adopt(Site site, String name) {
        long pid = processBehind(name)
                .orElseThrow(() -> new AssertionError("no process has the TUN descriptor of " + name));
        return new WgInterface(site, name, pid);
    }

    /** The process that holds the TUN descriptor of an interface. */
    static Optional<Long> processBehind(String name) {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(pid -> holdsTun(pid, name))
                .findFirst();
    }

    private static boolean holdsTun(long pid, String name) {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
            return descriptors.anyMatch(path -> {
                try {
                    return Files.readString(path).contains("iff:\t" + name + "\n");
                } catch (IOException | UncheckedIOException e) {
                    return false; // closed in between
                }
            });
        } catch (IOException | UncheckedIOException e) {
            return false; // ended in between
        }
    }

    String name() {
        return name;
    }

    Site site() {
        return site;
    }

    long pid() {
        return pid;
    }

    Path socket() {
        return Path.of("/var/run/wireguard", name + ".sock");
    }

    /** {@code wg VERB INTERFACE ARGUMENTS}, which must succeed. The arguments are separated by blanks. */
    String wg(String verb, String arguments) {
        return tryWg(verb, arguments).mustSucceed();
    }

    Shell.Outcome tryWg(String verb, String arguments) {
        List<String> command = new ArrayList<>(List.of("wg", verb, name));
        if (!arguments.isEmpty()) {
            command.addAll(List.of(arguments.split(" ")));
        }
        return site.run(Map.of(), command);
    }

    /** Feeds a configuration to {@code wg setconf}, {@code addconf} or {@code syncconf}. */
    Shell.Outcome configure(String verb, String configuration) {
        try {
            Path file = Files.createTempFile("penstock-live", ".conf");
            try {
                Files.writeString(file, configuration);
                return tryWg(verb, file.toString());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Dump dump() {
        return Dump.parse(name, site.need("wg", "show", "all", "dump"));
    }

    /** Whether the process runs; one that ended but was not yet waited for does not. */
    boolean isAlive() {
        try {
            return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    void signal(String signal) {
        Shell.need("kill", "-" + signal, "" + pid);
    }

    void awaitEnd() {
        Await.until("process " + pid + " behind " + name + " ends", MOMENT, () -> !isAlive());
    }

    @Override
    public void close() {
        ProcessHandle.of(pid).ifPresent(handle -> {
            handle.destroy();
            try {
                awaitEnd();
            } catch (AssertionError stuck) {
                handle.destroyForcibly();
                throw stuck;
            }
        });
        try {
            Files.deleteIfExists(socket());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
