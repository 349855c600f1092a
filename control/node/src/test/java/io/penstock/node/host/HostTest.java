package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.host.HostItem.Forwarding;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Offload;
import io.penstock.node.host.HostItem.Route;
import io.penstock.node.host.HostItem.Sysctl;
import io.penstock.node.host.ModelHost.Killed;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans, the journal and undo, on a host that is a table of values. */
class HostTest {
    private static final Sysctl ACCEPT_RA = Sysctl.of(true, "lan", "accept_ra");

    @TempDir
    private Path state;

    private final ModelHost model = new ModelHost();

    @Test
    void saysWhatItPutsBack() throws Exception {
        HostSettings settings = HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0.1/32"))
                .routes(prefixes("100.64.0.2/32"))
                .build();
        Host host = open();
        assertEquals(List.of(), host.apply(settings).putBack(), "the first time it is made");
        HostSettings more = HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0.1/32"))
                .routes(prefixes("100.64.0.2/32", "100.64.0.3/32"))
                .build();
        assertEquals(List.of(), host.apply(more).putBack(), "so is what is new");

        model.values.remove(new HostItem.Route(52800, Prefix.parse("100.64.0.3/32")));
        model.values.remove(new Nft());

        assertEquals(
                List.of("nft", "route 52800 100.64.0.3/32"),
                host.apply(more).putBack().stream()
                        .map(change -> change.item().text())
                        .sorted()
                        .toList());
        assertEquals(List.of(), host.apply(more).changes());
    }

    @Test
    void printsEveryChangeAsAnOperatorWouldTypeIt() throws Exception {
        HostSettings settings = HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0.1/32", "fd7a::1/128"))
                .routes(prefixes("100.64.0.2/32", "10.0.0.0/8", "0.0.0.0/0"))
                .bypass(prefixes("203.0.113.7/32"))
                .advertised(prefixes("10.1.0.0/24", "fd01::/64"))
                .build();
        model.dropping = List.of("ip filter FORWARD");

        List<String> lines = new ArrayList<>(open().plan(settings).lines());

        assertTrue(lines.removeIf(
                line -> line.startsWith("nft -f - <<'END'\ntable inet penstock\n") && line.endsWith("\n}\nEND")));
        assertEquals(
                List.of(
                        "# Chain ip filter FORWARD drops what is forwarded unless one of its rules accepts it: it needs"
                                + " rules that accept what comes from and goes to mesh.",
                        "ip link set dev mesh mtu 1420",
                        "ip address add 100.64.0.1/32 dev mesh",
                        "ip -6 address add fd7a::1/128 dev mesh",
                        "ip link set dev mesh up",
                        "sysctl -w net.ipv4.conf.mesh.rp_filter=2",
                        "sysctl -w net.ipv4.ip_forward=1",
                        "sysctl -w net.ipv6.conf.lan.accept_ra=2",
                        "sysctl -w net.ipv6.conf.all.forwarding=1",
                        "ethtool -K wan rx-gro-list off",
                        "ethtool -K wan rx-udp-gro-forwarding on",
                        "ip route add throw 10.1.0.0/24 table 52800",
                        "ip route add 100.64.0.2/32 dev mesh table 52800",
                        "ip route add 10.0.0.0/8 dev mesh table 52800",
                        "ip route add throw 203.0.113.7/32 table 52801",
                        "ip route add 0.0.0.0/0 dev mesh table 52801",
                        "ip -6 route add unreachable ::/0 table 52801",
                        "ip rule add not from all fwmark 0x520000/0xff0000 lookup 52800 priority 5180",
                        "ip rule add not from all fwmark 0x520000/0xff0000 lookup main suppress_prefixlength 0 priority 5181",
                        "ip rule add not from all fwmark 0x520000/0xff0000 lookup 52801 priority 5182",
                        "ip -6 rule add not from all fwmark 0x520000/0xff0000 lookup 52800 priority 5180",
                        "ip -6 rule add not from all fwmark 0x520000/0xff0000 lookup main suppress_prefixlength 0 priority 5181",
                        "ip -6 rule add not from all fwmark 0x520000/0xff0000 lookup 52801 priority 5182"),
                lines);
        assertFalse(Files.exists(state.resolve("host.journal")), "a plan changes nothing");
    }

    @Test
    void plansBeforeTheInterfaceIsThereAsIfItWere() throws Exception {
        List<String> withLink = open().plan(gateway()).lines();
        model.closeTunnel();
        Map<HostItem, String> before = new HashMap<>(model.values);

        assertEquals(withLink, open().plan(gateway()).lines());

        assertEquals(before, model.values);
        assertThrows(IOException.class, () -> open().apply(gateway()), "to carry it out it has to be there");
        model.openTunnel();
        open().apply(gateway());
        model.hasLink = false;
        List<String> underAnotherName = open().plan(
                        HostSettings.builder("other").mtuBytes(1300).build())
                .lines();
        assertTrue(underAnotherName.contains("ip link set dev other mtu 1300"), underAnotherName.toString());
        assertTrue(underAnotherName.contains("sysctl -w net.ipv4.conf.other.rp_filter=2"), underAnotherName.toString());
    }

    @Test
    void noRouteTakesANetworkThatTheHostIsConnectedTo() throws Exception {
        HostPlan plan = open().apply(settings("10.0.0.0/8", "10.1.0.0/24", "10.1.0.128/25", "10.1.1.0/24"));

        assertEquals("throw", model.values.get(new Route(52_800, Prefix.parse("10.1.0.0/24"))));
        assertFalse(model.values.containsKey(new Route(52_800, Prefix.parse("10.1.0.128/25"))));
        assertEquals("dev mesh", model.values.get(new Route(52_800, Prefix.parse("10.1.1.0/24"))));
        assertEquals(
                List.of(
                        "Route 10.1.0.0/24 is left out: it lies within 10.1.0.0/24, which this host is connected to, at lan.",
                        "Route 10.1.0.128/25 is left out: it lies within 10.1.0.0/24, which this host is connected to, at lan."),
                plan.notes());
    }

    @Test
    void anNftThatFailsKeepsNothingButItsTable() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        open().apply(gateway());
        String table = model.values.get(new Nft());
        model.unreadable.add(new Nft());

        HostPlan plan = open().apply(routes("10.2.0.0/16", true));
        assertEquals("dev mesh", model.values.get(new Route(52_800, Prefix.parse("10.2.0.0/16"))));
        assertTrue(
                plan.notes().contains("Left as it is, because it cannot be looked at: nft (Input/output error)."),
                plan.notes().toString());
        HostPlan alone = open().apply(routes("10.3.0.0/16", false));
        assertEquals("dev mesh", model.values.get(new Route(52_800, Prefix.parse("10.3.0.0/16"))));
        assertTrue(
                alone.notes().contains("Left as it is, because it cannot be looked at: nft (Input/output error)."),
                alone.notes().toString());
        IOException refused = assertThrows(IOException.class, () -> open().undo());
        assertEquals("not put back as before: nft (Input/output error)", refused.getMessage());
        assertEquals(table, model.values.remove(new Nft()));
        assertEquals(before, model.values, "all the rest is as it was");

        model.values.put(new Nft(), String.valueOf(table));
        model.unreadable.clear();
        assertEquals(1, open().undo().changes().size(), "what was left is known to the next process");
        assertEquals(before, model.values);
    }

    @Test
    void anNftThatFailsFromTheBeginningIsSaidBeforeAnythingIsChanged() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        model.unreadable.add(new Nft());
        assertEquals(
                "Input/output error: mend that, or have the firewall left alone",
                assertThrows(IOException.class, () -> open().apply(gateway())).getMessage());
        assertEquals(before, model.values);
        assertEquals(
                List.of("Whether a chain of others drops what is forwarded is not known: Input/output error."),
                open().apply(routes("10.2.0.0/16", false)).notes());
    }

    @Test
    void aTableWhoseProgramWentIsNotForgotten() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        open().apply(gateway());
        model.hasNft = false;
        assertThrows(IOException.class, () -> open().undo());
        model.hasNft = true;
        open().undo();
        assertEquals(before, model.values);
    }

    @Test
    void changesOnlyWhatDiffersAndNewBeforeOld() throws Exception {
        open().apply(settings("10.2.0.0/16", "10.3.0.0/16"));
        assertEquals(
                List.of(
                        "ip route add 10.4.0.0/16 dev mesh table 52800",
                        "ip route del 10.3.0.0/16 dev mesh table 52800"),
                open().apply(settings("10.2.0.0/16", "10.4.0.0/16")).lines());
        assertEquals(
                List.of(), open().apply(settings("10.2.0.0/16", "10.4.0.0/16")).lines());
    }

    @Test
    void leavesAloneWhatWasSoBefore() throws Exception {
        model.values.put(new Forwarding(false), "1 accept_redirects=0");
        model.values.put(new Offload("wan", "rx-udp-gro-forwarding"), "on");
        Map<HostItem, String> before = new HashMap<>(model.values);
        HostPlan plan = open().apply(gateway());
        assertTrue(plan.lines().stream().noneMatch(line -> line.contains("ip_forward")));
        open().undo();
        assertEquals(before, model.values);
    }

    @Test
    void leavesAloneWhatSomebodyElseHasSetSince() throws Exception {
        open().apply(gateway());
        model.values.put(ACCEPT_RA, "0");
        HostPlan plan = open().undo();
        assertEquals("0", model.values.get(ACCEPT_RA));
        assertEquals(
                List.of("Left as it is, because somebody else has set it: sysctl net.ipv6.conf.lan.accept_ra is 0,"
                        + " was 2 by us and 1 before."),
                plan.notes());
        assertEquals("0 wan=1", model.values.get(new Forwarding(true)));
        assertFalse(open().isChanged());
    }

    @Test
    void setsAgainWhatSomebodyElseHasChangedAndGoesBackToTheirs() throws Exception {
        open().apply(gateway());
        Sysctl filter = Sysctl.of(false, "mesh", "rp_filter");
        model.values.put(filter, "1");
        model.values.remove(new Nft()); // flush ruleset
        assertEquals(2, open().apply(gateway()).changes().size());
        assertTrue(model.values.containsKey(new Nft()));
        open().undo();
        assertEquals("1", model.values.get(filter));
        assertFalse(model.values.containsKey(new Nft()));
    }

    @Test
    void goesOnTakingAdvertisementsAsLongAsItIsARouter() throws Exception {
        open().apply(gateway());
        assertEquals("2", model.values.get(ACCEPT_RA));
        assertEquals(List.of(), open().apply(gateway()).lines());
        open().apply(settings());
        assertEquals("1", model.values.get(ACCEPT_RA));
        assertEquals("0 wan=1", model.values.get(new Forwarding(true)));

        model.values.put(
                new Forwarding(true), "1"); // by somebody else: then they are not taken, and that is theirs to say
        open().apply(gateway());
        assertEquals("1", model.values.get(ACCEPT_RA));
    }

    @Test
    void undoGoesOnBehindWhatIsRefusedKeepsThatAndSaysAllOfIt() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        open().apply(gateway());
        Forwarding forwarding = new Forwarding(true);
        String ours = model.values.get(forwarding);
        model.refused.add(ACCEPT_RA);
        model.unreadable.add(forwarding);

        IOException refused = assertThrows(IOException.class, () -> open().undo());
        String text = String.valueOf(refused.getMessage());
        assertTrue(text.contains(ACCEPT_RA.text() + " (Operation not permitted)"), text);
        assertTrue(text.contains(forwarding.text() + " (Input/output error)"), text);
        assertEquals("2", model.values.put(ACCEPT_RA, "1"));
        assertEquals(ours, model.values.put(forwarding, "0 wan=1"));
        assertEquals(before, model.values, "all the rest is as it was");

        model.values.put(ACCEPT_RA, "2");
        model.values.put(forwarding, ours);
        model.refused.clear();
        model.unreadable.clear();
        assertEquals(2, open().undo().changes().size(), "what was left is known to the next process");
        assertEquals(before, model.values);
        assertFalse(open().isChanged());
    }

    @Test
    void cleansUpAfterARunWhoseJournalIsLost() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        HostSettings wanted = settings("10.2.0.0/16");
        open().apply(settings("10.2.0.0/16", "10.3.0.0/16", "0.0.0.0/0"));
        Files.delete(state.resolve("host.journal"));
        model.closeTunnel();
        model.openTunnel();
        open().apply(wanted);
        assertFalse(model.values.containsKey(new Route(52_801, Prefix.parse("::/0"))));
        open().undo();
        assertEquals(before, model.values);
    }

    @Test
    void afterARebootAJournalIsVoid() throws Exception {
        open().apply(gateway());
        model.boot = "boot 2";
        model.values.put(new Forwarding(false), "1"); // by the system's own settings this time
        Host host = open();
        assertFalse(host.isChanged());
        assertEquals(List.of(), host.undo().changes());
        assertEquals("1", model.values.get(new Forwarding(false)));
    }

    @Test
    void putsAsideAJournalThatCannotBeRead() throws Exception {
        Path journal = state.resolve("host.journal");
        for (String text : List.of(
                "",
                "penstock host journal 1\nboot 1\nsysctl\n",
                "penstock host journal 9\nboot 1\n",
                "penstock host journal 1\nboot 1\nsysctl \u00ff\t1\t2\n")) { // which no UTF-8 has as one byte
            Files.writeString(journal, text, StandardCharsets.ISO_8859_1);
            assertFalse(open().isChanged());
            assertFalse(Files.exists(journal));
            assertEquals(text, Files.readString(state.resolve("host.journal.unreadable"), StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void journalIsForNobodyElseAndGoesWithTheLastChange() throws Exception {
        open().apply(gateway());
        Path journal = state.resolve("host.journal");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(journal)));
        open().undo();
        try (Stream<Path> left = Files.list(state)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void saysWhatTheHostLacksBeforeItChangesAnything() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        model.hasNft = false;
        assertEquals(
                "the program nft is in none of [/usr/sbin/nft, /sbin/nft, /usr/bin/nft, /usr/local/sbin/nft]:"
                        + " install the package nftables, or have the firewall left alone",
                assertThrows(IOException.class, () -> open().apply(gateway())).getMessage());
        assertEquals(before, model.values);
        model.hasNft = true;
        model.hasLink = false;
        assertEquals(
                "there is no interface mesh at this host",
                assertThrows(IOException.class, () -> open().apply(gateway())).getMessage());
    }

    @Test
    void leavesIpv6OutWhereThereIsNone() throws Exception {
        model.hasIpv6 = false;
        HostPlan plan = open().apply(gateway());
        assertEquals(List.of("IPv6 addresses and routes (2) are left out: it is disabled at this host."), plan.notes());
        assertTrue(plan.changes().stream().noneMatch(change -> change.line().contains("ip -6")));
        model.hasIpv6 = true;
        HostSettings small = HostSettings.builder("mesh")
                .addresses(prefixes("fd7a::1/128"))
                .mtuBytes(1279)
                .build();
        assertEquals(
                List.of("IPv6 addresses and routes (1) are left out: an MTU of 1279 is below the 1280 that it needs."),
                open().plan(small).notes());
    }

    @Test
    void withAnExitNodeIpv6DoesNotLeavePastATunnelWithoutIt() throws Exception {
        model.hasIpv6 = false;
        Route all = new Route(52_801, Prefix.parse("::/0"));
        open().apply(settings("0.0.0.0/0"));
        assertEquals("unreachable", model.values.get(all));
        open().apply(settings());
        assertFalse(model.values.containsKey(all));
        model.hostHasIpv6 = false;
        open().apply(settings("0.0.0.0/0"));
        assertFalse(model.values.containsKey(all));
    }

    @Test
    void noRouteTakesTheCoordinatorsAddress() throws Exception {
        HostSettings settings = HostSettings.builder("mesh")
                .routes(prefixes("203.0.113.7/32", "203.0.113.0/24"))
                .bypass(prefixes("203.0.113.7/32"))
                .build();
        HostPlan plan = open().apply(settings);
        assertEquals("throw", model.values.get(new Route(52_800, Prefix.parse("203.0.113.7/32"))));
        assertEquals("dev mesh", model.values.get(new Route(52_800, Prefix.parse("203.0.113.0/24"))));
        assertEquals(
                List.of("Route 203.0.113.7/32 is left out: the coordinator or a relay has this address."),
                plan.notes());
    }

    @Test
    void forgetsLinksThatWent() throws Exception {
        open().apply(gateway());
        model.values.remove(ACCEPT_RA);
        model.values.remove(new Offload("wan", "rx-gro-list"));
        assertEquals(List.of(), open().apply(gateway()).notes());
        assertEquals(
                List.of("wan does not let rx-gro-list be changed."),
                open().apply(gateway()).notes());
        assertEquals(List.of(), open().undo().notes());
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        for (Runnable bad : List.<Runnable>of(
                () -> HostSettings.builder("").build(),
                () -> HostSettings.builder("eth0\" drop").build(),
                () -> HostSettings.builder("mesh*").build(),
                () -> HostSettings.builder("a/b").build(),
                () -> HostSettings.builder("mesh").mtuBytes(100).build(),
                () -> HostSettings.builder("mesh")
                        .addresses(prefixes("10.0.0.0/8"))
                        .build(),
                () -> HostSettings.builder("mesh").fwmark(0, 0).build(),
                () -> HostSettings.builder("mesh").fwmark(0x100, 0xff).build(),
                () -> HostSettings.builder("mesh").table(254).build(),
                () -> HostSettings.builder("mesh").rulePriority(32_766).build(),
                () -> HostSettings.builder("mesh").listenPorts(List.of(0)).build())) {
            assertThrows(IllegalArgumentException.class, bad::run);
        }
    }

    @Test
    void aRefusedChangeLeavesWhatWasDoneToUndo() throws Exception {
        Map<HostItem, String> before = new HashMap<>(model.values);
        int all = open().plan(gateway()).changes().size();
        for (int n = 0; n < all; n++) {
            model.changesLeft = n;
            assertThrows(Killed.class, () -> open().apply(gateway()));
            boolean isKilled = true;
            while (isKilled) { // and undoing it dies after each change
                model.changesLeft = 1;
                try {
                    open().undo();
                    isKilled = false;
                } catch (Killed e) {
                    assertTrue(open().isChanged());
                }
            }
            assertEquals(before, model.values, "killed after " + n);
            assertFalse(open().isChanged());
        }
    }

    /** Whatever is applied, and whenever the process is killed: undo leaves what was there before, but for what others did. */
    @RepeatedTest(25)
    void undoIsExactAfterAnyHistory(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        Map<HostItem, String> before = new HashMap<>(model.values);
        for (int step = 0; step < 16; step++) {
            HostSettings settings = random(random);
            switch (random.nextInt(5)) {
                case 0 -> { // killed: the tunnel goes with the process
                    model.changesLeft = random.nextInt(12);
                    try {
                        open().apply(settings);
                    } catch (Killed e) {
                        model.closeTunnel();
                        model.openTunnel();
                    }
                    model.changesLeft = Integer.MAX_VALUE;
                }
                case 1 -> model.values.remove(new Nft()); // somebody flushes the ruleset
                default -> {
                    open().apply(settings);
                    assertEquals(List.of(), open().plan(settings).changes(), "once is enough");
                }
            }
        }
        open().undo();
        assertEquals(before, model.values, "seed " + repetition.getCurrentRepetition());
        assertFalse(Files.exists(state.resolve("host.journal")));
    }

    private static HostSettings random(Random random) {
        List<Prefix> routes = new ArrayList<>(prefixes("100.64.0.2/32", "10.0.0.0/8", "10.2.0.0/16", "fd02::/48"));
        routes.addAll(prefixes("0.0.0.0/0", "::/0"));
        routes.removeIf(route -> random.nextInt(3) == 0);
        List<Prefix> advertised = new ArrayList<>(prefixes("10.1.0.0/24", "fd01::/64", "0.0.0.0/0"));
        advertised.removeIf(route -> random.nextBoolean());
        return HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0." + (1 + random.nextInt(2)) + "/32", "fd7a::1/128"))
                .mtuBytes(random.nextInt(5) == 0 ? 1200 : 1380)
                .routes(routes)
                .advertised(advertised)
                .bypass(prefixes("10.3.0.1/32"))
                .snat(random.nextBoolean())
                .changesFirewall(random.nextInt(4) > 0)
                .changesSysctl(random.nextInt(4) > 0)
                .build();
    }

    private static HostSettings settings(String... routes) {
        return HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0.1/32"))
                .routes(prefixes(routes))
                .build();
    }

    /** A gateway with the same table as {@link #gateway}. */
    private static HostSettings routes(String route, boolean changesFirewall) {
        return HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0.1/32", "fd7a::1/128"))
                .routes(prefixes(route))
                .advertised(prefixes("10.1.0.0/24", "fd01::/64"))
                .changesFirewall(changesFirewall)
                .build();
    }

    private static HostSettings gateway() {
        return HostSettings.builder("mesh")
                .addresses(prefixes("100.64.0.1/32", "fd7a::1/128"))
                .routes(prefixes("100.64.0.2/32", "10.0.0.0/8", "fd02::/48"))
                .advertised(prefixes("10.1.0.0/24", "fd01::/64"))
                .build();
    }

    private Host open() throws IOException {
        return new Host(model, state);
    }

    private static List<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).toList();
    }
}
