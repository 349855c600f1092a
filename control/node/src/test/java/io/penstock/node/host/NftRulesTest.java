package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NftRulesTest {
    private static final String GUARD = """
            \tchain guard {
            \t\ttype filter hook prerouting priority raw; policy accept;
            \t\tiifname != { "mesh", "lo" } ip daddr { 100.64.0.1 } drop
            \t\tiifname != { "mesh", "lo" } ip6 daddr { fd7a::1 } drop
            \t}
            """;
    private static final String CLAMP = """
            \tchain clamp {
            \t\ttype filter hook forward priority mangle; policy accept;
            \t\tiifname "mesh" tcp flags syn tcp option maxseg size set rt mtu
            \t\toifname "mesh" tcp flags syn tcp option maxseg size set rt mtu
            \t}
            """;

    @Test
    void guardsOurAddressesAndClampsByDefault() {
        assertEquals(GUARD + CLAMP, NftRules.chains(site().build()));
        assertEquals(GUARD, NftRules.chains(site().clampMss(false).build()));
    }

    @Test
    void masqueradesNothingBetweenSitesUnlessAsked() {
        HostSettings.Builder lan = site().advertised(prefixes("10.1.0.0/24", "fd01::/64"));
        assertFalse(NftRules.chains(lan.build()).contains("masquerade"));
        assertTrue(
                NftRules.chains(lan.snat(true).build()).contains("iifname \"mesh\" oifname != \"mesh\" masquerade\n"));
        assertFalse(NftRules.chains(site().snat(true).build()).contains("masquerade"), "nothing is forwarded here");
    }

    @Test
    void whoLeavesForTheInternetHereLooksLikeThisHost() {
        String chains = NftRules.chains(site().advertised(prefixes("0.0.0.0/0", "::/0", "10.1.0.0/24", "10.1.0.0/25"))
                .build());
        assertTrue(
                chains.contains("iifname \"mesh\" oifname != \"mesh\" ip daddr != { 10.1.0.0/24 } masquerade\n"),
                chains);
        assertTrue(chains.contains("iifname \"mesh\" oifname != \"mesh\" meta nfproto ipv6 masquerade\n"), chains);
    }

    @Test
    void answersTheWayOneCameWithAnExitNode() {
        String mark = "meta mark set meta mark & 0xff00ffff | 0x520000";
        String answer = "ct direction reply ct mark & 0xff0000 == 0x520000 " + mark + "\n";
        HostSettings.Builder exit = site().routes(prefixes("0.0.0.0/0")).listenPorts(List.of(41641, 41642));
        assertEquals(
                GUARD
                        + "\tchain comers {\n\t\ttype filter hook prerouting priority mangle; policy accept;\n"
                        + "\t\tiifname != \"mesh\" udp dport { 41641, 41642 } " + mark + " accept\n"
                        + "\t\tiifname != { \"mesh\", \"lo\" } fib daddr type local ct direction original " + mark
                        + " ct mark set ct mark & 0xff00ffff | 0x520000\n\t\t" + answer + "\t}\n"
                        + "\tchain answers {\n\t\ttype route hook output priority mangle; policy accept;\n\t\t" + answer
                        + "\t}\n"
                        + CLAMP,
                NftRules.chains(exit.build()));
        assertFalse(NftRules.chains(exit.routes(List.of()).build()).contains("mark"));
    }

    @Test
    void scriptReplacesTheTableInOneTransactionAndNamesItsText() {
        String script = NftRules.script(CLAMP);
        assertTrue(script.startsWith("table inet penstock\ndelete table inet penstock\ntable inet penstock {\n"));
        assertTrue(script.contains("\tchain text_" + NftRules.digest(CLAMP) + " {\n"));
        assertNotEquals(NftRules.digest(CLAMP), NftRules.digest(GUARD));
    }

    @Test
    void readsWhatNftLists() {
        NftChains chains = NftChains.parse("""
                table ip filter {
                \tchain INPUT {
                \t\ttype filter hook input priority filter; policy drop;
                \t}
                \tchain FORWARD {
                \t\ttype filter hook forward priority filter; policy drop;
                \t}
                }
                table inet penstock {
                \tchain guard {
                \t\ttype filter hook prerouting priority raw; policy accept;
                \t}
                \tchain text_0123456789abcdef {
                \t}
                }
                table inet other {
                \tchain forward {
                \t\ttype filter hook forward priority filter; policy accept;
                \t}
                \tchain text_ff {
                \t}
                }
                """.lines().toList());
        assertEquals(new NftChains("0123456789abcdef", List.of("ip filter FORWARD")), chains);
        assertEquals("?", NftChains.parse(List.of("table inet penstock {", "}")).digest());
        assertEquals("", NftChains.parse(List.of()).digest());
    }

    private static HostSettings.Builder site() {
        return HostSettings.builder("mesh").addresses(prefixes("100.64.0.1/32", "fd7a::1/128"));
    }

    private static List<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).toList();
    }
}
