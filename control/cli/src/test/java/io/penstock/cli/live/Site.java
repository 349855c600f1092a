package io.penstock.cli.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A host of a test: a network namespace with a name of its own, removed by {@link #close} together with every process in it. */
final class Site implements AutoCloseable {
    private static final String PREFIX = "penstock-live-";
    private static final AtomicInteger COUNT = new AtomicInteger();

    static {
        removeLeftOvers();
    }

    private final String name;

    private Site(String name) {
        this.name = name;
    }

    static Site make(String label) {
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

    String name() {
        return name;
    }

    /** Runs {@code ip} in this site. The arguments are separated by blanks. */
    String ip(String arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(arguments.split(" ")));
        return Shell.run(Map.of(), command).mustSucceed();
    }

    Shell.Outcome run(Map<String, String> environment, List<String> command) {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
        inside.addAll(command);
        return Shell.run(environment, inside);
    }

    Shell.Outcome run(String... command) {
        return run(Map.of(), List.of(command));
    }

    String need(String... command) {
        return run(command).mustSucceed();
    }

    boolean hasLink(String link) {
        return Shell.run(Map.of(), List.of("ip", "-n", name, "link", "show", "dev", link))
                        .status()
                == 0;
    }

    /** One ping, whether answered within a second. */
    boolean reaches(String address) {
        return run("ping", "-n", "-c", "1", "-W", "1", address).status() == 0;
    }

    void awaitReach(String address, Duration limit) {
        Await.until(name + " reaches " + address, limit, () -> reaches(address));
    }

    /** Ten pings in half a second, all answered. */
    void mustReachWithoutLoss(String address) {
        mustReachWithoutLoss(address, 10, 56);
    }

    void mustReachWithoutLoss(String address, int count, int sizeBytes) {
        String out = need("ping", "-n", "-i", "0.05", "-W", "2", "-c", "" + count, "-s", "" + sizeBytes, address);
        if (!out.contains(", 0% packet loss")) {
            throw new AssertionError(out);
        }
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
