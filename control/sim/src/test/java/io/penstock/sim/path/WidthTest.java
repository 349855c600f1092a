package io.penstock.sim.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.path.core.PathNote;
import io.penstock.node.path.core.PathView;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.path.Sites.Site;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How long a datagram may be on a direct path, and what becomes of full packets where they do not get through. */
class WidthTest {
    private static final long PACKET_NS = 20 * Timeline.MS;

    private final PathWorld world = new PathWorld(77);
    private final Sites sites = new Sites(world, world.dice.split());
    private final Link link = new Link(10 * Timeline.MS);
    private final PathNode a;
    private final PathNode b;
    private final Flow flow;

    WidthTest() {
        sites.relays(2);
        Site left = sites.site(NatKind.EASY, false, link);
        Site right = sites.site(NatKind.EASY, false, new Link(10 * Timeline.MS));
        a = sites.node(left, true);
        b = sites.node(right, true);
        a.start();
        b.start();
        flow = new Flow(world, a, b, true, PACKET_NS);
        world.after(5 * Timeline.SECOND, flow::start);
        world.checks.watch();
    }

    private PathView view() {
        return Objects.requireNonNull(a.core.view(b.key, world.nodeNs()));
    }

    private boolean hasNoted(PathNote.Kind kind) {
        return Objects.requireNonNull(a.core.detail(b.key, world.nodeNs())).notes().stream()
                .anyMatch(note -> note.kind() == kind);
    }

    @Test
    void findsHowLongADatagramMayBe() {
        world.timeline().runUntil(20 * Timeline.SECOND);
        assertTrue(a.uses(b, true));
        assertEquals(1500, view().mtuBytes());
        assertTrue(hasNoted(PathNote.Kind.CARRIES));
    }

    /** A tunnel in between, as many providers have one: what is longer is cut into fragments, and arrives. */
    @Test
    void staysOnAPathThatCutsFullPackets() {
        link.out.mtu = 1300;
        world.timeline().runUntil(60 * Timeline.SECOND);
        assertTrue(a.uses(b, true));
        assertEquals(1280, view().mtuBytes());
        assertNull(view().narrow());
        assertTrue(world.nowNs() - flow.there.lastLongNs < Timeline.SECOND);
    }

    @Test
    void goesByTheRelayWhereFullPacketsGetLost() {
        world.timeline().runUntil(30 * Timeline.SECOND);
        assertTrue(a.uses(b, true));
        link.out.mtu = 1300;
        link.out.isHole = true;
        world.timeline().run(8 * Timeline.SECOND);
        assertTrue(a.uses(b, false), "small pings get through, full packets do not");
        assertNotNull(view().narrow());
        assertTrue(hasNoted(PathNote.Kind.NARROW));
        assertTrue(world.nowNs() - flow.there.lastLongNs < Timeline.SECOND, "they arrive");
        assertTrue(b.uses(a, true), "the other way has no hole");

        int before = world.checks.uses(a, b);
        world.timeline().run(60 * Timeline.SECOND);
        assertEquals(before, world.checks.uses(a, b), "it does not come and go");

        link.out.mtu = 1500;
        link.out.isHole = false;
        world.timeline().run(12 * Timeline.SECOND);
        assertTrue(a.uses(b, true), "it is wide again");
        assertNull(view().narrow());
    }

    /** Found by seed 1445: with a port for each destination on the other side, each answer to a small ping was another way that might be wider. */
    @Test
    void triesNoOtherWayWithTrafficThatIsNotSeenToBeWider() {
        for (long seed : new long[] {1445, 1509}) {
            assertNull(PathSimulation.run(seed).failure(), () -> "seed " + seed);
        }
    }

    /** From the first packet on. */
    @Test
    void findsAHoleThatWasAlwaysThere() {
        link.in.mtu = 1300;
        link.in.isHole = true;
        world.timeline().runUntil(20 * Timeline.SECOND);
        assertTrue(b.uses(a, false));
        assertTrue(world.nowNs() - flow.back.lastLongNs < Timeline.SECOND);
    }
}
