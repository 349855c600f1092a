package io.penstock.engine.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.Seed;
import io.penstock.engine.filter.NaiveFilter.Address;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketFilterTest {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;
    private static final int GRE = 47;
    private static final AddressSet EVERYWHERE = AddressSet.of(List.of(AddressRange.ALL_V4, AddressRange.ALL_V6));

    @Test
    void allowsWhatARuleNames() {
        PacketFilter filter = filter(rule("10.0.0.0/24", "10.9.0.1/32", 80, 90));
        assertTrue(allows(filter, "10.0.0.7", "10.9.0.1", TCP, 80));
        assertTrue(allows(filter, "10.0.0.7", "10.9.0.1", UDP, 90));
        assertFalse(allows(filter, "10.0.0.7", "10.9.0.1", TCP, 79));
        assertFalse(allows(filter, "10.0.0.7", "10.9.0.1", TCP, 91));
        assertFalse(allows(filter, "10.0.1.0", "10.9.0.1", TCP, 80));
        assertFalse(allows(filter, "10.0.0.7", "10.9.0.2", TCP, 80));
    }

    @Test
    void allowsIcmpWhereAnyPortIsOpen() {
        PacketFilter filter = filter(rule("10.0.0.0/24", "10.9.0.1/32", 80, 90, TCP));
        assertTrue(allows(filter, "10.0.0.7", "10.9.0.1", ICMP, 0));
        assertFalse(allows(filter, "10.0.0.7", "10.9.0.2", ICMP, 0));
    }

    @Test
    void allowsProtocolsWithoutPortsOnlyByARuleForAllPorts() {
        assertFalse(allows(filter(rule("10.0.0.0/8", "10.9.0.1/32", 1, 65535, GRE)), "10.0.0.7", "10.9.0.1", GRE, 0));
        assertTrue(allows(filter(rule("10.0.0.0/8", "10.9.0.1/32", 0, 65535, GRE)), "10.0.0.7", "10.9.0.1", GRE, 0));
        assertFalse(allows(filter(rule("10.0.0.0/8", "10.9.0.1/32", 0, 65535)), "10.0.0.7", "10.9.0.1", GRE, 0));
    }

    @Test
    void allowsNothingForAddressesOfOthers() {
        PacketRule all =
                new PacketRule(EVERYWHERE, List.of(new PacketRule.Destination(EVERYWHERE, 0, 65535)), List.of());
        PacketFilter filter = PacketFilter.compile(List.of(all), set("10.9.0.1/32", "fd00::1/128"));
        assertTrue(allows(filter, "1.2.3.4", "10.9.0.1", TCP, 1));
        assertTrue(allows(filter, "2001:db8::1", "fd00::1", TCP, 1));
        assertFalse(allows(filter, "1.2.3.4", "10.9.0.2", TCP, 1));
        assertFalse(allows(filter, "2001:db8::1", "fd00::2", TCP, 1));
        assertFalse(allows(PacketFilter.NOTHING, "1.2.3.4", "10.9.0.1", TCP, 1));
    }

    @Test
    void agreesWithRulesReadOneByOne() {
        Seed.run(random -> {
            int allowed = 0;
            int asked = 0;
            for (int round = 0; round < 300; round++) {
                RandomRules choice = new RandomRules(random);
                AddressSet local = random.nextBoolean() ? EVERYWHERE : choice.set(4);
                List<PacketRule> rules = choice.rules(random.nextInt(30));
                NaiveFilter naive = new NaiveFilter(rules, local);
                PacketFilter filter = PacketFilter.compile(rules, local);
                for (int i = 0; i < 300; i++) {
                    Address source = choice.address();
                    Address destination = choice.address();
                    int protocol = choice.protocol();
                    int port = choice.port();
                    boolean expected =
                            source.isV6() == destination.isV6() && naive.allows(source, destination, protocol, port);
                    allowed += expected ? 1 : 0;
                    asked++;
                    assertEquals(
                            expected,
                            filter.allows(prefix(source), prefix(destination), protocol, port),
                            () -> source + " " + destination + " " + protocol + " " + port + " of " + rules);
                    assertEquals(NaiveFilter.contains(local, destination), isLocal(filter, destination));
                }
            }
            int share = allowed * 100 / asked;
            assertTrue(share > 5 && share < 60, () -> share + " % allowed: shows little");
        });
    }

    /** Rules that all overlap: each is inside the one before. A table of the rules for each interval would have 10^8 entries. */
    @Test
    void growsByLittleMoreThanItsRulesHoweverTheyOverlap() {
        List<AddressIndex.Entry<Integer>> nested = new ArrayList<>();
        int count = 10_000;
        for (int i = 0; i < count; i++) {
            nested.add(new AddressIndex.Entry<>(new AddressRange(false, 0, i, 0, 1_000_000 - i), i));
        }
        AddressIndex<Integer> index = AddressIndex.of(nested, items -> items.size());
        assertTrue(index.size() < 2 * 15 * count, () -> index.size() + " values");
        int sum = 0;
        int steps = 0;
        for (int at = index.first4(500_000); at != AddressIndex.END; at = index.next(at)) {
            sum += index.value(at);
            steps++;
        }
        assertEquals(count, sum);
        int taken = steps;
        assertTrue(taken <= 16, () -> taken + " steps");
    }

    private static boolean isLocal(PacketFilter filter, Address address) {
        return address.isV6() ? filter.isLocal6(address.high(), address.low()) : filter.isLocal4((int) address.low());
    }

    private static Prefix prefix(Address address) {
        return new Prefix(address.isV6(), address.high(), address.low(), address.isV6() ? 128 : 32);
    }

    private static boolean allows(PacketFilter filter, String source, String destination, int protocol, int port) {
        return filter.allows(host(source), host(destination), protocol, port);
    }

    private static Prefix host(String address) {
        return Prefix.parse(address + (address.indexOf(':') < 0 ? "/32" : "/128"));
    }

    private static PacketFilter filter(PacketRule... rules) {
        return PacketFilter.compile(List.of(rules), EVERYWHERE);
    }

    private static PacketRule rule(
            String source, String destination, int firstPort, int lastPort, Integer... protocols) {
        return new PacketRule(
                set(source),
                List.of(new PacketRule.Destination(set(destination), firstPort, lastPort)),
                List.of(protocols));
    }

    static AddressSet set(String... prefixes) {
        return AddressSet.of(Arrays.stream(prefixes)
                .map(text -> AddressRange.of(Prefix.parse(text)))
                .toList());
    }
}
