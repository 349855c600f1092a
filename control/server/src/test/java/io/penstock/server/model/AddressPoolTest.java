package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.model.AddressPool.Choice;
import io.penstock.wireguard.route.Prefix;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPoolTest {
    @Test
    void ascendsAndLeavesOutNetworkAndBroadcast() {
        assertEquals(
                List.of("100.64.0.1", "100.64.0.2", "100.64.0.3", "100.64.0.4", "100.64.0.5", "100.64.0.6"),
                all(pool("100.64.0.0/29")));
    }

    @Test
    void givesAllButTheFirstOfIpv6() {
        assertEquals(
                List.of("fd7a:115c:a1e0::1", "fd7a:115c:a1e0::2", "fd7a:115c:a1e0::3"),
                all(pool("fd7a:115c:a1e0::/126")));
    }

    @Test
    void leavesOutWhatClientsKeepForThemselves() {
        List<String> given = all(pool("100.100.100.0/24"));
        assertEquals(253, given.size());
        assertTrue(!given.contains("100.100.100.100"));
        assertEquals(List.of(), all(pool("100.115.92.0/24")));
        assertEquals(List.of(), all(pool("100.115.93.0/24")));
        assertEquals(254, all(pool("100.115.94.0/24")).size());
    }

    @Test
    void goesOnWhereTheLastSearchEndedAndAroundTheEnd() {
        AddressPool pool = pool("100.64.0.0/29");
        assertEquals(new Choice.Found(IpAddress.parse("100.64.0.5"), 6), pool.choose(5, address -> false));
        assertEquals(new Choice.Found(IpAddress.parse("100.64.0.1"), 2), pool.choose(7, address -> false));
    }

    @Test
    void comesBackToAnAddressAsLateAsItCan() {
        AddressPool pool = pool("100.64.0.0/28");
        Random random = new Random(1);
        Set<IpAddress> taken = new HashSet<>();
        long next = 0;
        int freed = 0;
        while (freed < 1000) {
            Choice choice = pool.choose(next, taken::contains);
            if (choice instanceof Choice.Found found) {
                assertTrue(taken.add(found.address()), "nobody else has it");
                next = found.next();
            } else {
                assertEquals(14, taken.size(), "all are taken");
                List<IpAddress> list = List.copyOf(taken);
                taken.remove(list.get(random.nextInt(list.size())));
                freed++;
            }
        }
    }

    @Test
    void boundsAWidePrefix() {
        AddressPool pool = pool("fd7a:115c:a1e0::/48");
        assertEquals(1L << 40, pool.size());
        assertEquals(new Choice.Found(IpAddress.parse("fd7a:115c:a1e0::1"), 2), pool.choose(0, address -> false));
    }

    @Test
    void refusesPrefixOfOneAddress() {
        assertThrows(IllegalArgumentException.class, () -> pool("100.64.0.1/32"));
    }

    private static AddressPool pool(String prefix) {
        return new AddressPool(Prefix.parse(prefix));
    }

    private static List<String> all(AddressPool pool) {
        LinkedHashSet<IpAddress> taken = new LinkedHashSet<>();
        long next = 0;
        while (pool.choose(next, taken::contains) instanceof Choice.Found found) {
            taken.add(found.address());
            next = found.next();
        }
        return taken.stream().map(IpAddress::toString).toList();
    }
}
