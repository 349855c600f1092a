package io.penstock.cli.live;

import io.penstock.ffm.netns.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace with a name of its own, removed by {@link #close} together with every process in it. */
public final class Site implements Host {
    private static final String PREFIX = "penstock-live-";
    private static final AtomicInteger COUNT = new AtomicInteger();

    static {
        removeLeftOvers();
    }

    private final String name;

    private Site(String name) {
        this.name = name;
    }

    public static Site make(String label) {
        Site site = new Site(PREFIX + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet() + "-" + label);
        Shell.need("ip", "netns", "add", site.name);
        site.ip("link set lo up");
        return site;
    }

    /** Sites of test runs that were killed: their names tell the process that made them. */
    private static void removeLeftOvers() {
        for (String line : Shell.need("ip", "netns", "list").lines().toList()) {
            String name = line.split(" ", 2)[0];
            if (name.startsWith(PREFIX)) {
                long maker = Long.parseLong(name.substring(PREFIX.length()).split("-", 2)[0]);
                if (ProcessHandle.of(maker).isEmpty()) {
                    new Site(name).close();
                }
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    /** {@code ip} enters by itself, without the mounts that {@code ip netns exec} makes. */
    @Override
    public Shell.Outcome tryIp(String arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(arguments.split(" ")));
        return Shell.run(Map.of(), command);
    }

    @Override
    public Shell.Outcome run(Map<String, String> environment, List<String> command) {
        return Shell.run(environment, inside(command));
    }

    /** The words that run a command in this site. */
    public List<String> inside(List<String> command) {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
        inside.addAll(command);
        return inside;
    }

    /** Runs a task on a thread in this site; sockets that it opens stay here. */
    public <T> T call(Callable<T> task) throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.open(name)) {
            return namespace.call(task);
        }
    }

    /** Writes a value under /proc/sys/net of this site; the key is written with dots. */
    public void sysctl(String key, String value) {
        try (NetworkNamespace namespace = NetworkNamespace.open(name)) {
            namespace.setSysctl(key, value);
        } catch (IOException e) {
            throw new UncheckedIOException(key + "=" + value, e);
        }
    }

    @Override
    public String file(String content) {
        return TemporaryKeys.file(content);
    }

    @Override
    public void close() {
        Shell.Outcome inside = Shell.run(Map.of(), List.of("ip", "netns", "pids", name));
        inside.out()
                .lines()
                .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
                .forEach(handle -> handle.ifPresent(ProcessHandle::destroyForcibly));
        Shell.run(Map.of(), List.of("ip", "netns", "del", name));
    }

    @Override
    public String toString() {
        return name;
    }
}
