package io.penstock.node.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.filter.PacketFilter;
import io.penstock.protocol.message.CapGrant;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FilterCompilerTest {
    private static final int TCP = 6;
    private static final int SCTP = 132;
    private static final List<Prefix> LOCAL =
            List.of(Prefix.parse("100.64.0.1/32"), Prefix.parse("fd7a:115c:a1e0::1/128"), Prefix.parse("10.1.0.0/16"));

    @Test
    void readsAddressesPrefixesRangesAndAll() {
        PacketFilter filter = FilterCompiler.compile(
                List.of(
                        rule(List.of("100.64.0.9", "fd7a:115c:a1e0::9"), "100.64.0.1", 22),
                        rule(List.of("100.64.0.16/28"), "100.64.0.1", 23),
                        rule(List.of("100.64.0.40-100.64.0.42", "fd7a:115c:a1e0::40-fd7a:115c:a1e0::42"), "*", 24),
                        rule(List.of("*"), "10.1.0.0-10.1.0.5", 25)),
                LocalAddresses.of(LOCAL),
                capability -> List.of());
        assertTrue(allows(filter, "100.64.0.9", "100.64.0.1", 22));
        assertFalse(allows(filter, "100.64.0.8", "100.64.0.1", 22));
        assertTrue(allows(filter, "100.64.0.31", "100.64.0.1", 23));
        assertFalse(allows(filter, "100.64.0.32", "100.64.0.1", 23));
        assertTrue(allows(filter, "100.64.0.42", "10.1.2.3", 24));
        assertFalse(allows(filter, "100.64.0.43", "10.1.2.3", 24));
        assertTrue(allows(filter, "fd7a:115c:a1e0::41", "fd7a:115c:a1e0::1", 24));
        assertTrue(allows(filter, "8.8.8.8", "10.1.0.5", 25));
        assertFalse(allows(filter, "8.8.8.8", "10.1.0.6", 25));
    }

    @Test
    void allowAllIsForOwnAddressesOnly() {
        PacketFilter filter = FilterCompiler.compile(
                List.of(FilterRule.allowAll()), LocalAddresses.of(LOCAL), capability -> List.of());
        assertTrue(allows(filter, "100.64.0.9", "100.64.0.1", 1));
        assertTrue(allows(filter, "100.64.0.9", "10.1.255.255", 65535));
        assertFalse(allows(filter, "100.64.0.9", "10.2.0.0", 1));
    }

    @Test
    void leavesOutWhatItDoesNotUnderstandAndSaysSo() {
        List<String> oddities = new ArrayList<>();
        List<FilterRule> rules = List.of(
                rule(List.of("nobody", "10.0.0.1/8", "100.64.0.9", "1.2.3.5-1.2.3.4", "1.1.1.1-::2"), "*", 22),
                new FilterRule(
                        List.of("*"),
                        List.of(
                                new PortsOfAddress("*", new PortRange(9, 8)),
                                new PortsOfAddress("cap:x", PortRange.ALL),
                                new PortsOfAddress("*", new PortRange(-1, 65536))),
                        List.of(),
                        List.of()),
                new FilterRule(
                        List.of("*"), List.of(new PortsOfAddress("*", PortRange.ALL)), List.of(256, -1), List.of()),
                new FilterRule(List.of("evil\n" + "x".repeat(100)), allPorts(), List.of(), List.of()));
        PacketFilter filter =
                FilterCompiler.compile(rules, LocalAddresses.of(LOCAL), capability -> List.of(), oddities::add);
        assertEquals(10, oddities.size(), oddities::toString);
        assertEquals("rule 0: no addresses: \"nobody\"", oddities.getFirst());
        assertTrue(oddities.getLast().endsWith("…\"") && oddities.getLast().contains("evil?x"), oddities.getLast());
        assertEquals(1, filter.ruleCount());
        assertTrue(allows(filter, "100.64.0.9", "100.64.0.1", 22));
        assertFalse(allows(filter, "1.2.3.4", "100.64.0.1", 22));
        assertFalse(allows(filter, "100.64.0.9", "100.64.0.1", 9));
    }

    @Test
    void rulesOfCapabilitiesAllowNoPackets() {
        FilterRule grant = new FilterRule(
                List.of("*"),
                List.of(),
                List.of(),
                List.of(new CapGrant(List.of(Prefix.parse("100.64.0.1/32")), List.of(), Map.of("x", List.of()))));
        assertEquals(
                0,
                FilterCompiler.compile(List.of(grant), LocalAddresses.of(LOCAL), capability -> List.of())
                        .ruleCount());
    }

    @Test
    void resolvesNodesWithACapability() {
        PacketFilter filter = FilterCompiler.compile(
                List.of(rule(List.of("cap:builder"), "*", 22)),
                LocalAddresses.of(LOCAL),
                capability -> capability.equals("builder") ? List.of(Prefix.parse("100.64.0.77/32")) : List.of(),
                oddity -> {
                    throw new AssertionError(oddity);
                });
        assertTrue(allows(filter, "100.64.0.77", "100.64.0.1", 22));
        assertFalse(allows(filter, "100.64.0.78", "100.64.0.1", 22));
    }

    @Test
    void namedProtocolsAreExact() {
        FilterRule rule = new FilterRule(List.of("*"), allPorts(), List.of(SCTP, 50), List.of());
        PacketFilter filter = FilterCompiler.compile(List.of(rule), LocalAddresses.of(LOCAL), capability -> List.of());
        assertTrue(filter.allows(host("100.64.0.9"), host("100.64.0.1"), SCTP, 5));
        assertTrue(filter.allows(host("100.64.0.9"), host("100.64.0.1"), 50, 0));
        assertFalse(filter.allows(host("100.64.0.9"), host("100.64.0.1"), TCP, 5));
    }

    private static FilterRule rule(List<String> sources, String destination, int port) {
        return new FilterRule(
                sources, List.of(new PortsOfAddress(destination, new PortRange(port, port))), List.of(), List.of());
    }

    private static List<PortsOfAddress> allPorts() {
        return List.of(new PortsOfAddress("*", PortRange.ALL));
    }

    private static boolean allows(PacketFilter filter, String source, String destination, int port) {
        return filter.allows(host(source), host(destination), TCP, port);
    }

    private static Prefix host(String address) {
        return Prefix.parse(address + (address.indexOf(':') < 0 ? "/32" : "/128"));
    }
}
