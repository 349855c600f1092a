package io.penstock.sim.netcheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.stun.discovery.NatBehaviour;
import io.penstock.protocol.stun.discovery.NatBehaviour.Filtering;
import io.penstock.protocol.stun.discovery.NatBehaviour.Hairpin;
import io.penstock.protocol.stun.discovery.NatBehaviour.Mapping;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.net.NatKind.Depends;
import io.penstock.sim.net.NatKind.Ports;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code penstock netcheck} says is what stands in front of the host. */
class NetcheckTest {
    private static final List<String> PAIR = List.of(NetcheckWorld.FIRST, NetcheckWorld.FIRST_V6);
    private static final List<String> PLAIN_1 = List.of("198.18.1.1", "");
    private static final List<String> PLAIN_2 = List.of("198.18.1.2", "");
    private static final int SEEDS = Boolean.getBoolean("penstock.test.full") ? 50 : 3;

    private static NetcheckWorld withPair(long seed) {
        NetcheckWorld world = new NetcheckWorld(seed, NetcheckWorld.map(List.of(PAIR)), 0);
        StunHost.pair(world.internet, world.link(), NetcheckWorld.FIRST, NetcheckWorld.SECOND);
        StunHost.pair(world.internet, world.link(), NetcheckWorld.FIRST_V6, NetcheckWorld.SECOND_V6);
        return world;
    }

    private static NetcheckWorld withPlain(long seed, DerpMap map, int home, Link... links) {
        NetcheckWorld world = new NetcheckWorld(seed, map, home);
        for (int i = 0; i < links.length; i++) {
            StunHost.plain(world.internet, links[i], "198.18.1." + (i + 1));
        }
        return world;
    }

    private static Mapping mapping(Depends depends) {
        return switch (depends) {
            case NOTHING -> Mapping.ENDPOINT_INDEPENDENT;
            case ADDRESS -> Mapping.ADDRESS_DEPENDENT;
            case ADDRESS_AND_PORT -> Mapping.ADDRESS_AND_PORT_DEPENDENT;
        };
    }

    private static Filtering filtering(Depends depends) {
        return switch (depends) {
            case NOTHING -> Filtering.ENDPOINT_INDEPENDENT;
            case ADDRESS -> Filtering.ADDRESS_DEPENDENT;
            case ADDRESS_AND_PORT -> Filtering.ADDRESS_AND_PORT_DEPENDENT;
        };
    }

    /** Where a port outside is for one destination and lets in only that, nothing else gets through it even if the NAT turns it round. */
    private static Hairpin hairpin(NatKind kind) {
        boolean passes = kind.mapping() == Depends.NOTHING || kind.filtering() == Depends.NOTHING;
        return kind.hairpin() == NatKind.Hairpin.YES && passes ? Hairpin.YES : Hairpin.NO;
    }

    @Test
    void everyKindOfNatIsKnownForWhatItIs() {
        for (Depends mapping : Depends.values()) {
            for (Depends filtering : Depends.values()) {
                for (NatKind.Hairpin turns : NatKind.Hairpin.values()) {
                    for (Ports ports : Ports.values()) {
                        NatKind kind = new NatKind(mapping, filtering, ports, turns, 20 * Timeline.SECOND, true);
                        for (long seed = 1; seed <= SEEDS; seed++) {
                            assertKnown(kind, seed);
                        }
                    }
                }
            }
        }
    }

    private static void assertKnown(NatKind kind, long seed) {
        NetcheckWorld world = withPair(seed);
        world.behind(kind);
        NatBehaviour found = world.look().v4();
        String which = kind + ", seed " + seed;
        assertTrue(found.isOpen() && found.isTranslated(), which);
        assertEquals(mapping(kind.mapping()), found.mapping(), which);
        assertEquals(filtering(kind.filtering()), found.filtering(), which);
        assertEquals(hairpin(kind), found.hairpin(), which);
    }

    @Test
    void oneDatagramInTenMayGetLost() {
        int wrong = 0;
        for (long seed = 1; seed <= 100; seed++) {
            NetcheckWorld world = new NetcheckWorld(seed, NetcheckWorld.map(List.of(PAIR)), 0);
            Link link = world.link();
            link.in.loss = 0.05;
            link.out.loss = 0.05;
            StunHost.pair(world.internet, link, NetcheckWorld.FIRST, NetcheckWorld.SECOND);
            world.behind(NatKind.EASY);
            NatBehaviour found = world.look().v4();
            boolean isRight = found.mapping() == Mapping.ENDPOINT_INDEPENDENT
                    && found.filtering() == Filtering.ADDRESS_AND_PORT_DEPENDENT;
            wrong += isRight ? 0 : 1;
            assertFalse(found.mapping() != Mapping.ENDPOINT_INDEPENDENT && found.mapping() != Mapping.UNKNOWN);
        }
        assertTrue(wrong <= 1, wrong + " of 100");
    }

    @Test
    void twoNatsInARowLookLikeTheStricterOne() {
        NatKind open = new NatKind(
                Depends.NOTHING, Depends.NOTHING, Ports.RANDOM, NatKind.Hairpin.NO, 30 * Timeline.SECOND, true);
        NetcheckWorld easy = withPair(1);
        easy.behind(NatKind.EASY, open);
        assertEquals(Mapping.ENDPOINT_INDEPENDENT, easy.look().v4().mapping());
        NetcheckWorld hard = withPair(2);
        hard.behind(open, NatKind.HARD);
        NatBehaviour found = hard.look().v4();
        assertEquals(Mapping.ADDRESS_AND_PORT_DEPENDENT, found.mapping());
        assertEquals(Filtering.ADDRESS_AND_PORT_DEPENDENT, found.filtering());
    }

    @Test
    void aFirewallWithoutTranslationIsNoNat() {
        NetcheckWorld world = withPair(3);
        world.behind((NatKind) null);
        NetcheckReport report = world.look();
        for (NatBehaviour found : List.of(report.v4(), report.v6())) {
            assertTrue(found.isOpen());
            assertFalse(found.isTranslated());
            assertEquals(Mapping.ENDPOINT_INDEPENDENT, found.mapping());
            assertEquals(Filtering.ADDRESS_AND_PORT_DEPENDENT, found.filtering());
            assertEquals(Hairpin.UNKNOWN, found.hairpin());
        }
    }

    @Test
    void aPublicHostIsOpenToEverybody() {
        NetcheckWorld world = withPair(4);
        world.atTheInternet();
        NetcheckReport report = world.look();
        assertEquals(Filtering.ENDPOINT_INDEPENDENT, report.v4().filtering());
        assertFalse(report.v4().isTranslated());
        assertFalse(report.hasV6());
        assertEquals(NatBehaviour.NOTHING, report.v6());
    }

    @Test
    void serversWithOneAddressTellWhetherTheMappingVaries() {
        DerpMap map = NetcheckWorld.map(List.of(PLAIN_1, PLAIN_2));
        NetcheckWorld easy = withPlain(5, map, 0, new Link(Timeline.MS), new Link(Timeline.MS));
        easy.behind(NatKind.EASY);
        NatBehaviour found = easy.look().v4();
        assertEquals(Mapping.ENDPOINT_INDEPENDENT, found.mapping());
        assertEquals(Filtering.UNKNOWN, found.filtering());
        assertEquals(2, found.answered());
        NetcheckWorld hard = withPlain(6, map, 0, new Link(Timeline.MS), new Link(Timeline.MS));
        hard.behind(NatKind.HARD);
        assertEquals(Mapping.DESTINATION_DEPENDENT, hard.look().v4().mapping());
    }

    @Test
    void oneServerWithOneAddressIsNotEnough() {
        NetcheckWorld world = withPlain(7, NetcheckWorld.map(List.of(PLAIN_1, PLAIN_2)), 0, new Link(Timeline.MS));
        world.behind(NatKind.HARD);
        assertEquals(Mapping.UNKNOWN, world.look().v4().mapping());
    }

    @Test
    void withoutUdpConnectionsTellTheLatencies() {
        NetcheckWorld world = withPlain(8, NetcheckWorld.map(List.of(PLAIN_1, PLAIN_2)), 0);
        world.behind(NatKind.EASY).isUdpBlocked = true;
        world.connectNs = region -> region == 902 ? 30 * Timeline.MS : -1;
        NetcheckReport report = world.look();
        assertFalse(report.isUdpOpen());
        assertFalse(report.isCutOff());
        assertEquals(Mapping.UNKNOWN, report.v4().mapping());
        assertEquals(Map.of(902, 30 * Timeline.MS), report.relays().connect());
        assertEquals(902, report.home());
    }

    @Test
    void withoutAnythingItSaysSo() {
        NetcheckWorld world = withPlain(9, NetcheckWorld.map(List.of(PLAIN_1)), 0);
        world.behind(NatKind.EASY).isUdpBlocked = true;
        NetcheckReport report = world.look();
        assertTrue(report.isCutOff());
        assertEquals(0, report.home());
    }

    @Test
    void theNearestRegionIsHomeAndStaysSoUnlessAnotherIsMuchNearer() {
        DerpMap map = NetcheckWorld.map(List.of(PLAIN_1, PLAIN_2));
        Link first = new Link(30 * Timeline.MS);
        Link second = new Link(20 * Timeline.MS);
        NetcheckWorld fresh = withPlain(10, map, 0, first, second);
        fresh.behind(NatKind.EASY);
        assertEquals(902, fresh.look().home());
        NetcheckWorld settled = withPlain(10, map, 901, first, second);
        settled.behind(NatKind.EASY);
        assertEquals(901, settled.look().home(), "a third less at most is not worth telling all peers");
        second.delayNs = Timeline.MS;
        first.delayNs = 60 * Timeline.MS;
        // Earlier looks count for five minutes.
        settled.timeline.run(400 * Timeline.SECOND);
        assertEquals(902, settled.look().home());
    }
}
