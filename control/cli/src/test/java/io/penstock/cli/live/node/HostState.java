package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Everything of a host that a gateway might change, line by line as the system's own programs print it: links, addresses, routes of all
 * tables, rules, nftables, all of {@code net.*} in sysctl, the offloads of each link, and the resolver.
 */
final class HostState {
    private final List<String> lines = new ArrayList<>();

    private HostState() {}

    static HostState of(Site site) {
        HostState state = new HostState();
        state.add(site, "ip", "-o", "link");
        state.add(site, "ip", "-o", "addr");
        state.add(site, "ip", "-4", "route", "show", "table", "all");
        state.add(site, "ip", "-6", "route", "show", "table", "all");
        state.add(site, "ip", "-4", "rule");
        state.add(site, "ip", "-6", "rule");
        state.add(site, "nft", "list", "ruleset");
        state.add(site, "sysctl", "-a", "--pattern", "^net\\.");
        state.add(site, "cat", "/etc/resolv.conf");
        for (String line : site.ip("-o link").lines().toList()) {
            state.add(site, "ethtool", "-k", line.split(": ", 3)[1].split("@", 2)[0]);
        }
        return state;
    }

    private void add(Site site, String... command) {
        String what = String.join(" ", command);
        List<String> found = site.need(command)
                .lines()
                .map(HostState::steady)
                .filter(line -> !line.isBlank())
                .toList();
        assertTrue(!found.isEmpty() || command[0].equals("nft") || command[0].equals("cat"), what + " says nothing");
        found.forEach(line -> lines.add(what + ": " + line));
    }

    /** Without what changes by itself. */
    private static String steady(String line) {
        boolean isKernels = line.startsWith("net.netfilter.nf_conntrack") // comes with the first who uses it
                || line.startsWith("net.nf_conntrack")
                || line.startsWith("net.ipv4.tcp_challenge")
                || line.contains("stable_secret")
                || line.contains("permission denied");
        return isKernels ? "" : line.replaceAll("(valid_lft|preferred_lft|expires) \\d+sec", "$1");
    }

    boolean contains(String text) {
        return lines.stream().anyMatch(line -> line.contains(text));
    }

    /** Fails unless it is as it was, and says what is not. */
    void mustBe(HostState before, String after) {
        TreeSet<String> gone = new TreeSet<>(before.lines);
        lines.forEach(gone::remove);
        TreeSet<String> added = new TreeSet<>(lines);
        before.lines.forEach(added::remove);
        assertEquals("gone []\nadded []", "gone " + gone + "\nadded " + added, "after " + after);
        assertEquals(before.lines, lines, "after " + after + " in the same order");
    }

    void mustNotBe(HostState before, String after) {
        assertNotEquals(before.lines, lines, after);
    }
}
