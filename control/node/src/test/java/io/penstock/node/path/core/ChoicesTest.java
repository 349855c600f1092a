package io.penstock.node.path.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Small decisions: which path, which home, which bytes. */
class ChoicesTest {
    private static final long MS = 1_000_000L;
    private static final Endpoint PUBLIC = Endpoint.parse("203.0.113.1:1");
    private static final Endpoint OTHER_PUBLIC = Endpoint.parse("203.0.113.2:1");
    private static final Endpoint PRIVATE = Endpoint.parse("192.168.1.1:1");
    private static final Endpoint V6 = Endpoint.parse("[2001:db8::1]:1");

    @Test
    void prefersTheFasterPathByATenthAndAMillisecond() {
        assertTrue(PathScore.isBetter(PUBLIC, 10 * MS, OTHER_PUBLIC, 20 * MS));
        assertFalse(PathScore.isBetter(PUBLIC, 20 * MS, OTHER_PUBLIC, 10 * MS));
        assertFalse(PathScore.isBetter(PUBLIC, 99 * MS, OTHER_PUBLIC, 100 * MS));
        assertFalse(PathScore.isBetter(PUBLIC, 91 * MS, OTHER_PUBLIC, 100 * MS));
        assertTrue(PathScore.isBetter(PUBLIC, 90 * MS, OTHER_PUBLIC, 100 * MS));
        assertFalse(PathScore.isBetter(PUBLIC, MS, OTHER_PUBLIC, 2 * MS - 1), "nobody notices");
        assertFalse(PathScore.isBetter(PUBLIC, 10 * MS, PUBLIC, 20 * MS), "the same one");
    }

    @Test
    void prefersNearPlacesAndIpv6() {
        assertTrue(PathScore.isBetter(PRIVATE, 10 * MS, PUBLIC, 10 * MS));
        assertTrue(PathScore.isBetter(PRIVATE, 11 * MS, PUBLIC, 10 * MS), "20 points are more than 10 percent");
        assertFalse(PathScore.isBetter(PRIVATE, 20 * MS, PUBLIC, 10 * MS));
        assertTrue(PathScore.isBetter(V6, 10 * MS, PUBLIC, 10 * MS));
        assertTrue(PathScore.isBetter(PRIVATE, 10 * MS, V6, 10 * MS));
    }

    private static CheckReport report(Map<Integer, Long> latencies) {
        return new CheckReport(latencies, Map.of(), Map.of(), List.of(), null, true);
    }

    @Test
    void staysAtHomeForASmallGain() {
        HomeChoice choice = new HomeChoice();
        assertEquals(1, choice.choose(report(Map.of(1, 20 * MS, 2, 30 * MS)), false, false, 0));
        long later = 400_000 * MS;
        assertEquals(1, choice.choose(report(Map.of(1, 20 * MS, 2, 12 * MS)), false, false, later), "8 ms");
        later += 400_000 * MS;
        assertEquals(1, choice.choose(report(Map.of(1, 100 * MS, 2, 80 * MS)), false, false, later), "a fifth");
        later += 400_000 * MS;
        assertEquals(2, choice.choose(report(Map.of(1, 100 * MS, 2, 50 * MS)), false, false, later));
    }

    @Test
    void staysAtAHomeThatItHearsAndLeavesOneThatIsGone() {
        HomeChoice choice = new HomeChoice();
        choice.choose(report(Map.of(1, 20 * MS, 2, 90 * MS)), false, false, 0);
        assertEquals(1, choice.choose(report(Map.of(2, 90 * MS)), true, false, MS));
        assertEquals(1, choice.choose(report(Map.of()), false, false, MS), "nothing better is known");
        assertEquals(2, choice.choose(report(Map.of(2, 90 * MS)), false, false, MS));
    }

    @Test
    void leavesAHomeThatAnswersStunButLetsNobodyIn() {
        HomeChoice choice = new HomeChoice();
        choice.choose(report(Map.of(1, 20 * MS, 2, 90 * MS)), false, false, 0);
        assertEquals(1, choice.choose(report(Map.of(1, 20 * MS)), false, true, MS), "there is no other");
        assertEquals(2, choice.choose(report(Map.of(1, 20 * MS, 2, 90 * MS)), false, true, MS));
    }

    @Test
    void weighsRegions() {
        HomeChoice choice = new HomeChoice();
        choice.setScores(Map.of(2, 0.5, 3, 0.0));
        assertEquals(2, choice.choose(report(Map.of(1, 20 * MS, 2, 30 * MS, 3, 25 * MS)), false, false, 0));
    }

    @Test
    void answersPingsInsideTheTunnel() {
        Prefix here = Prefix.parse("100.64.0.1/32");
        Prefix there = Prefix.parse("100.64.0.2/32");
        byte[] ping = Tsmp.ping(here, there, 0x0102030405060708L);
        assertArrayEquals(
                HexFormat.of()
                        .parseHex("4500001d000000004063b1fb" + "64400001" + "64400002" + "70" + "0102030405060708"),
                ping);
        Tsmp.Packet.Ping read = (Tsmp.Packet.Ping) Tsmp.parse(ping);
        assertNotNull(read);
        assertEquals(new Tsmp.Packet.Ping(here, there, 0x0102030405060708L), read);
        assertEquals(new Tsmp.Packet.Pong(there, 0x0102030405060708L), Tsmp.parse(Tsmp.pong(read)));
        assertEquals(31, Tsmp.pong(read).length);
    }

    @Test
    void answersPingsInsideTheTunnelOverIpv6() {
        Prefix here = Prefix.parse("fd7a:115c:a1e0::1/128");
        Prefix there = Prefix.parse("fd7a:115c:a1e0::2/128");
        byte[] ping = Tsmp.ping(here, there, 7);
        assertEquals(new Tsmp.Packet.Ping(here, there, 7), Tsmp.parse(ping));
        assertArrayEquals(
                new Prefix[] {here, there}, Tsmp.pair(List.of(Prefix.parse("100.64.0.1/32"), here), List.of(there)));
        assertNull(Tsmp.pair(List.of(here), List.of(Prefix.parse("100.64.0.1/32"))));
    }

    @Test
    void readsNoOtherPackets() {
        byte[] ping = Tsmp.ping(Prefix.parse("100.64.0.1/32"), Prefix.parse("100.64.0.2/32"), 7);
        for (int length = 0; length < ping.length; length++) {
            assertNull(Tsmp.parse(Arrays.copyOf(ping, length)));
        }
        byte[] fragment = ping.clone();
        fragment[7] = 1;
        assertNull(Tsmp.parse(fragment));
        byte[] other = ping.clone();
        other[20] = '!';
        assertNull(Tsmp.parse(other));
        byte[] longHeader = ping.clone();
        longHeader[0] = 0x4f;
        assertNull(Tsmp.parse(longHeader));
    }
}
