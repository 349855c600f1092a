package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Everything of a namespace that we might change, as the system's own programs print it: links, addresses, routes, rules, nft, sysctl, offloads. */
final class HostSnapshot {
    private final List<String> lines;

    private HostSnapshot(List<String> lines) {
        this.lines = lines;
    }

    static HostSnapshot take(String namespace, String... links) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        add(lines, namespace, "ip", "-o", "link");
        add(lines, namespace, "ip", "-o", "address");
        add(lines, namespace, "ip", "-4", "route", "show", "table", "all");
        add(lines, namespace, "ip", "-6", "route", "show", "table", "all");
        add(lines, namespace, "ip", "-4", "rule");
        add(lines, namespace, "ip", "-6", "rule");
        add(lines, namespace, "nft", "list", "ruleset");
        add(lines, namespace, "sysctl", "-a", "--pattern", "^net\\.");
        for (String link : links) {
            add(lines, namespace, "ethtool", "-k", link);
        }
        return new HostSnapshot(lines);
    }

    /** Compares with an earlier one. */
    void assertSame(HostSnapshot before, String what) {
        TreeSet<String> gone = new TreeSet<>(before.lines);
        lines.forEach(gone::remove);
        TreeSet<String> added = new TreeSet<>(lines);
        before.lines.forEach(added::remove);
        assertEquals("gone []\nadded []", "gone " + gone + "\nadded " + added, what);
    }

    boolean isSame(HostSnapshot other) {
        return lines.equals(other.lines);
    }

    boolean contains(String text) {
        return count(text) > 0;
    }

    long count(String text) {
        return lines.stream().filter(line -> line.contains(text)).count();
    }

    private static void add(List<String> lines, String namespace, String... command)
            throws IOException, InterruptedException {
        run(namespace, command)
                .lines()
                .map(HostSnapshot::steady)
                .filter(line -> !line.isEmpty())
                .forEach(line -> lines.add(command[0] + ' ' + command[1] + ": " + line));
    }

    /** Without what changes by itself. */
    private static String steady(String line) {
        boolean isMachines = line.startsWith("net.netfilter.nf_conntrack") // comes with the first who uses it
                || line.startsWith("net.nf_conntrack")
                || line.startsWith("net.ipv4.tcp_challenge")
                || line.contains("stable_secret")
                || line.contains("permission denied");
        return isMachines
                ? ""
                : line.replaceAll("(valid_lft|preferred_lft|expires) \\d+sec", "$1")
                        .replaceAll(" dadfailed| tentative", "");
    }

    static String run(String namespace, String... command) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(List.of(command));
        Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", whole) + ": " + text);
        return text;
    }
}
