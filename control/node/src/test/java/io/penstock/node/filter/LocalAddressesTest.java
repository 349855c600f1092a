package io.penstock.node.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.filter.AddressSet;
import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalAddressesTest {
    private static final List<Prefix> EXIT_NODE = List.of(
            Prefix.parse("100.64.0.1/32"),
            Prefix.parse("0.0.0.0/0"),
            Prefix.parse("::/0"),
            Prefix.parse("10.7.0.0/16"));

    @Test
    void aDefaultRouteIsTheInternetWithoutPrivateNetworks() {
        AddressSet local = LocalAddresses.of(EXIT_NODE);
        for (String in : List.of("100.64.0.1", "8.8.8.8", "10.7.1.1", "100.128.0.0", "223.255.255.255")) {
            assertTrue(local.contains4(IpText.parse4(in)), in);
        }
        for (String out :
                List.of("100.64.0.2", "10.8.0.1", "192.168.1.1", "172.31.0.1", "169.254.169.254", "224.0.0.1")) {
            assertFalse(local.contains4(IpText.parse4(out)), out);
        }
        assertTrue(contains6(local, "2001:db8::1"));
        assertFalse(contains6(local, "fe80::1"));
        assertFalse(contains6(local, "ff02::1"));
        assertFalse(contains6(local, "fd7a:115c:a1e0::5"));
    }

    @Test
    void aDefaultRouteLeavesOutConnectedNetworksButNotTheHost() {
        AddressSet local = LocalAddresses.of(
                EXIT_NODE,
                List.of(Prefix.parse("203.0.113.0/24"), Prefix.parse("2001:db8:1::/64"), Prefix.parse("10.7.0.0/24")),
                List.of(Prefix.parse("203.0.113.9/32"), Prefix.parse("192.168.0.9/32")));
        assertFalse(local.contains4(IpText.parse4("203.0.113.8")));
        assertTrue(local.contains4(IpText.parse4("203.0.113.9")));
        assertFalse(local.contains4(IpText.parse4("192.168.0.9")));
        assertTrue(local.contains4(IpText.parse4("10.7.0.3")), "a network that is offered by name");
        assertFalse(contains6(local, "2001:db8:1::1"));
        assertTrue(contains6(local, "2001:db8:2::1"));
    }

    @Test
    void withoutADefaultRouteOnlyWhatIsNamed() {
        List<Prefix> named = List.of(Prefix.parse("100.64.0.1/32"), Prefix.parse("192.168.5.0/24"));
        AddressSet local = LocalAddresses.of(named, List.of(), List.of(Prefix.parse("203.0.113.9/32")));
        assertEquals(LocalAddresses.of(named), local);
        assertEquals(2, local.ranges().size());
    }

    private static boolean contains6(AddressSet set, String address) {
        long[] halves = IpText.parse6(address);
        return set.contains6(halves[0], halves[1]);
    }
}
