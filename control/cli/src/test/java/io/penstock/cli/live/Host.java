package io.penstock.cli.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A machine of a test, or what stands for one: it has links, addresses and routes of its own, and runs commands. */
public interface Host extends AutoCloseable {
    /** Unique in this machine. */
    String name();

    /**
     * Runs a command on this host.
     *
     * @param environment added to that of the host
     */
    Shell.Outcome run(Map<String, String> environment, List<String> command);

    /** Makes a file that commands of this host can read; it goes with the host or with this process. */
    String file(String content);

    /** Removes the host with everything in it. */
    @Override
    void close();

    default Shell.Outcome run(String... command) {
        return run(Map.of(), List.of(command));
    }

    default String need(String... command) {
        return run(command).mustSucceed();
    }

    /** Runs {@code ip} on this host. The arguments are separated by blanks. */
    default String ip(String arguments) {
        return tryIp(arguments).mustSucceed();
    }

    default Shell.Outcome tryIp(String arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments.split(" ")));
        return run(Map.of(), command);
    }

    default boolean hasLink(String link) {
        return tryIp("link show dev " + link).status() == 0;
    }

    /** One ping, whether answered within a second. */
    default boolean reaches(String address) {
        return run("ping", "-n", "-c", "1", "-W", "1", address).status() == 0;
    }

    default void awaitReach(String address, Duration limit) {
        Await.until(name() + " reaches " + address, limit, () -> reaches(address));
    }

    /** Ten pings in half a second, all answered. */
    default void mustReachWithoutLoss(String address) {
        mustReachWithoutLoss(address, 10, 56);
    }

    /** So many pings, all answered. The last of them gets its time too: without -w, ping waits for it no longer than for those before. */
    default void mustReachWithoutLoss(String address, int count, int sizeBytes) {
        String out = need("ping", "-n", "-i", "0.05", "-w", "20", "-c", "" + count, "-s", "" + sizeBytes, address);
        for (int sequence = 1; sequence <= count; sequence++) {
            if (!out.contains(" icmp_seq=" + sequence + " ")) {
                throw new AssertionError("no answer to ping " + sequence + "\n" + out);
            }
        }
    }
}
