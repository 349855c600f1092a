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

/** An interface that a program made in a site, and the process behind it. {@link #close} ends both. */
public final class WgInterface extends WgDevice {
    private static final Duration MOMENT = Duration.ofSeconds(20);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Site site;
    private final long pid;

    private WgInterface(Site site, String name, long pid) {
        super(site, name);
        this.site = site;
        this.pid = pid;
    }

    /** Control sockets lie in one folder for all namespaces, so names are unique in the machine. */
    public static String newName() {
        return "pt" + Long.toString(ProcessHandle.current().pid(), 36) + "x" + COUNT.incrementAndGet();
    }

    public static WgInterface start(Program program, Site site) {
        return start(program, site, newName(), Map.of());
    }

    /** Starts the program in the background; when this returns, its interface is there and its socket answers. */
    public static WgInterface start(Program program, Site site, String name, Map<String, String> environment) {
        List<String> command = new ArrayList<>(program.command());
        command.add(name);
        site.run(environment, command).mustSucceed();
        return adopt(site, name);
    }

    /** An interface that somebody else started. */
    public static WgInterface adopt(Site site, String name) {
        long pid = processBehind(name)
                .orElseThrow(() -> new AssertionError("no process has the TUN descriptor of " + name));
        return new WgInterface(site, name, pid);
    }

    /** The process that holds the TUN descriptor of an interface. */
    public static Optional<Long> processBehind(String name) {
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

    public Site site() {
        return site;
    }

    public long pid() {
        return pid;
    }

    public Path socket() {
        return Path.of("/var/run/wireguard", name() + ".sock");
    }

    /** Whether the process runs; one that ended but was not yet waited for does not. */
    public boolean isAlive() {
        try {
            return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    public void signal(String signal) {
        Shell.need("kill", "-" + signal, "" + pid);
    }

    public void awaitEnd() {
        Await.until("process " + pid + " behind " + name() + " ends", MOMENT, () -> !isAlive());
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
