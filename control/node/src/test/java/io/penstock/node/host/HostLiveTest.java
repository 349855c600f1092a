package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.tun.Tun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is changed at a gateway's host, and that undo leaves it as it was, to the last line of what the system's own programs say. Needs root. */
@Tag("live")
class HostLiveTest {
    private static final int KILLED = 128 + 9;

    @TempDir
    private Path state;

    private GatewayLab lab;

    @BeforeEach
    void setUp() throws Exception {
        lab = new GatewayLab(state);
    }

    @AfterEach
    void tearDown() throws Exception {
        lab.close();
    }

    @Test
    void appliesChangesAndUndoesToTheLastLine() throws Exception {
        List<HostSettings> settings = List.of(
                GatewayLab.plain().build(),
                GatewayLab.plain()
                        .routes(GatewayLab.prefixes("100.64.0.2/32", "10.0.0.0/8", "fd02::/48"))
                        .build(),
                GatewayLab.gateway().build(),
                GatewayLab.exit().build(),
                GatewayLab.gateway().snat(true).mtuBytes(1380).build(),
                GatewayLab.gateway()
                        .advertised(GatewayLab.prefixes("0.0.0.0/0", "::/0", "10.1.0.0/24"))
                        .build(),
                GatewayLab.plain()
                        .addresses(GatewayLab.prefixes("100.64.0.9/32"))
                        .build());
        try (Tun tun = lab.openTunnel()) {
            HostSnapshot before = lab.snapshot();
            for (HostSettings wanted : settings) {
                HostPlan plan = lab.host(host -> {
                    List<String> announced = host.plan(wanted).lines();
                    HostPlan done = host.apply(wanted);
                    assertEquals(announced, done.lines());
                    assertEquals(List.of(), host.plan(wanted).changes(), "once is enough");
                    return done;
                });
                assertFalse(plan.changes().isEmpty());
            }
            lab.host(host -> host.apply(settings.get(3)));
            assertTrue(Files.exists(state.resolve("host.journal")));
            lab.host(Host::undo);
            lab.snapshot().assertSame(before, "after undo");
            assertEquals(List.of(), lab.host(Host::undo).changes());
            assertFalse(Files.exists(state.resolve("host.journal")));
            assertEquals("mesh", tun.name());
        }
        lab.assertAsBefore("without the tunnel");
    }

    /** Below 1280 bytes the kernel takes IPv6 away from a link, with all that it had. */
    @Test
    void survivesAnMtuThatEndsIpv6() throws Exception {
        try (Tun tun = lab.openTunnel()) {
            for (int mtuBytes : new int[] {1380, 1200, 1380}) {
                HostSettings wanted = GatewayLab.gateway().mtuBytes(mtuBytes).build();
                lab.host(host -> host.apply(wanted));
                assertEquals(List.of(), lab.host(host -> host.plan(wanted)).changes());
                String addresses = lab.run("ip", "address", "show", "mesh");
                assertEquals(mtuBytes >= 1280, addresses.contains("fd7a::1/128"), addresses);
            }
            lab.host(Host::undo);
            assertEquals("mesh", tun.name());
        }
        lab.assertAsBefore("without the tunnel");
    }

    /** Killed before each of its changes in turn; then down alone, or start and down. */
    @Test
    void undoesAfterKillBetweenAnyTwoChanges() throws Exception {
        int changes;
        try (Tun tun = lab.openTunnel()) {
            changes = lab.host(host -> host.plan(GatewayLab.exit().build()))
                    .changes()
                    .size();
            assertEquals("mesh", tun.name());
        }
        lab.assertAsBefore("a plan changes nothing");
        assertTrue(changes > 20, () -> changes + " changes");
        for (int n = 0; n < changes; n++) {
            assertEquals(KILLED, victim(n, "exit"), "after " + n);
            if (n % 2 == 1) {
                try (Tun tun = lab.openTunnel()) {
                    lab.host(host -> host.apply(GatewayLab.gateway().build()));
                    assertEquals("mesh", tun.name());
                }
            }
            lab.host(Host::undo);
            lab.assertAsBefore("killed after " + n + " of " + changes);
        }
        assertEquals(0, victim(changes, "exit"));
        lab.host(Host::undo);
        lab.assertAsBefore("ended without undo");
    }

    @Test
    void leavesOthersRulesAlone() throws Exception {
        String foreign = """
                table ip filter {
                	chain FORWARD {
                		type filter hook forward priority filter; policy drop;
                		ct state established accept
                	}
                }
                table inet site {
                	chain mine {
                		type filter hook input priority filter; policy accept;
                		tcp dport 9 drop
                	}
                }
                """;
        nft(foreign);
        lab.run("ip", "rule", "add", "fwmark", "0x7", "lookup", "77", "priority", "77");
        lab.run("ip", "route", "add", "10.66.0.0/16", "dev", "lan", "table", "77");
        HostSnapshot before = lab.snapshot();
        try (Tun tun = lab.openTunnel()) {
            HostPlan plan =
                    lab.host(host -> host.apply(GatewayLab.gateway().snat(true).build()));
            assertTrue(
                    plan.notes().getFirst().startsWith("Chain ip filter FORWARD drops what is forwarded"),
                    plan.notes()::toString);
            String ruleset = lab.run("nft", "list", "ruleset");
            assertTrue(ruleset.contains("policy drop;\n\t\tct state established accept\n"), ruleset);
            assertTrue(ruleset.contains("tcp dport 9 drop"), ruleset);
            assertTrue(lab.run("ip", "rule").contains("from all fwmark 0x7 lookup 77"));

            lab.run("nft", "flush", "ruleset"); // as a restart of nftables.service does
            nft(foreign);
            lab.host(host -> host.apply(GatewayLab.gateway().snat(true).build()));
            assertTrue(lab.run("nft", "list", "ruleset").contains("maxseg size set rt mtu"));
            lab.host(Host::undo);
            assertEquals("mesh", tun.name());
        }
        lab.snapshot().assertSame(before, "others' rules");
    }

    @Test
    void worksWhereIpv6IsDisabled() throws Exception {
        lab.gateway.setSysctl("net.ipv6.conf.all.disable_ipv6", "1");
        lab.gateway.setSysctl("net.ipv6.conf.default.disable_ipv6", "1");
        HostSnapshot before = lab.snapshot();
        try (Tun tun = lab.openTunnel()) {
            HostPlan plan = lab.host(host -> host.apply(GatewayLab.gateway().build()));
            assertEquals(
                    "IPv6 addresses and routes (3) are left out: it is disabled at this host.",
                    plan.notes().getFirst());
            assertTrue(lab.run("ip", "route", "get", "10.2.0.1").contains("dev mesh"));
            lab.host(Host::undo);
            assertEquals("mesh", tun.name());
        }
        lab.snapshot().assertSame(before, "without IPv6");
    }

    @Test
    void routesAsSettingsSay() throws Exception {
        try (Tun tun = lab.openTunnel()) {
            lab.run("ip", "route", "add", "172.20.0.0/16", "via", "10.1.0.2");
            lab.host(host -> host.apply(GatewayLab.gateway().build()));
            assertTo("mesh", "100.64.0.2");
            assertTo("mesh", "10.200.0.1");
            assertTo("mesh", "fd02::1");
            assertTo("lan", "10.1.0.77", "connected, though 10.0.0.0/8 goes through the tunnel");
            assertTo("wan", "10.9.9.9", "never through the tunnel");
            assertTo("wan", "10.200.0.1", "the tunnel's own packets", "mark", "0x520000");
            assertTo("wan", "8.8.8.8");
            assertTo("wan", "2001:db8:5::1");
            assertTrue(lab.run("ip", "route", "get", "10.200.0.1").contains("src 100.64.0.1"));

            lab.host(host -> host.apply(GatewayLab.exit().build()));
            assertTo("mesh", "8.8.8.8");
            assertTo("mesh", "10.200.0.1");
            assertTo("wan", "8.8.8.8", "the tunnel's own packets", "mark", "0x520000");
            assertTo("wan", "203.0.113.7", "never through the tunnel");
            assertTo("lan", "10.1.0.77", "connected");
            assertTo("lan", "172.20.1.1", "what the host has a route for");
            assertTo("wan", "198.51.100.1", "connected");
            assertFalse(isRouted("2001:db8:5::1"), "IPv6 does not leave past an exit node of IPv4 alone");

            lab.host(host -> host.apply(GatewayLab.gateway().build()));
            assertTo("wan", "8.8.8.8");
            assertTo("wan", "2001:db8:5::1");
            assertEquals("mesh", tun.name());
        }
    }

    @Test
    void tellsWhatTheHostIsConnectedTo() throws Exception {
        try (Tun tun = lab.openTunnel()) {
            lab.host(host -> host.apply(GatewayLab.exit().build()));
            assertEquals(
                    "[10.1.0.0/24 lan, 198.51.100.0/24 wan, 2001:db8::/64 wan, fd01::/64 lan]",
                    lab.host(host -> host.networks("mesh")).connected().stream()
                            .map(network -> network.prefix() + " " + network.interfaceName())
                            .sorted()
                            .toList()
                            .toString());
            assertEquals(
                    "[10.1.0.1/32, 198.51.100.2/32, 2001:db8::2/128, fd01::1/128]",
                    lab.host(host -> host.networks("mesh")).addresses().toString());
            assertEquals("mesh", tun.name());
        }
    }

    private void assertTo(String link, String destination) throws Exception {
        assertTo(link, destination, "");
    }

    private void assertTo(String link, String destination, String why, String... more) throws Exception {
        String[] command = new String[more.length + 4];
        System.arraycopy(new String[] {"ip", "route", "get", destination}, 0, command, 0, 4);
        System.arraycopy(more, 0, command, 4, more.length);
        String answer = lab.run(command);
        assertTrue(answer.contains(" dev " + link + " "), () -> why + ": " + answer);
    }

    private boolean isRouted(String destination) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("ip", "netns", "exec", lab.gatewayName, "ip", "route", "get", destination)
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        return process.waitFor() == 0;
    }

    private void nft(String text) throws IOException, InterruptedException {
        Path file = Files.writeString(state.resolve("foreign.nft"), text);
        lab.run("nft", "-f", file.toString());
        Files.delete(file);
    }

    /** The exit code of a process that dies instead of making its change of this number. */
    private int victim(int changes, String settings) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        lab.gatewayName,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        HostVictim.class.getName(),
                        state.toString(),
                        String.valueOf(changes),
                        settings)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        assertTrue(code == KILLED || output.contains("done at mesh"), output);
        return code;
    }
}
