package io.penstock.sim.path;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.net.NatKind.Depends;
import io.penstock.sim.net.NatKind.Hairpin;
import io.penstock.sim.net.NatKind.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What seeds have found in the path finder, each in the smallest network that shows it; and those seeds. */
class FoundTest {
    private final PathWorld world = new PathWorld(1);
    private final Dice dice = new Dice(2);
    private final Sites sites = new Sites(world, dice.split());

    private static NatKind nat(
            Depends mapping, Depends filtering, Ports ports, long lifetimeSeconds, boolean refreshes) {
        return new NatKind(mapping, filtering, ports, Hairpin.NO, lifetimeSeconds * Timeline.SECOND, refreshes);
    }

    private PathNode behind(NatKind kind) {
        return sites.node(sites.site(kind, false, new Link(10 * Timeline.MS)), false);
    }

    private Flow flow(PathNode a, PathNode b, boolean isBothWays) {
        a.start();
        b.start();
        world.checks.watch();
        Flow flow = new Flow(world, a, b, isBothWays, 100 * Timeline.MS);
        world.after(10 * Timeline.SECOND, flow::start);
        return flow;
    }

    /** Two ports for each: the way that was asked by a ping dies, the one that answers come from is kept open by them. */
    @Test
    void usesTheWayThatIsKeptOpen() {
        sites.relays(2);
        PathNode a = behind(nat(Depends.ADDRESS_AND_PORT, Depends.NOTHING, Ports.ASCENDING, 30, false));
        PathNode b = behind(nat(Depends.ADDRESS, Depends.NOTHING, Ports.PRESERVED, 30, false));
        flow(a, b, true);
        world.timeline().run(20 * Timeline.SECOND);
        int before = world.checks.uses(a, b) + world.checks.uses(b, a);
        world.timeline().run(300 * Timeline.SECOND);
        int changes = world.checks.uses(a, b) + world.checks.uses(b, a) - before;
        assertTrue(changes <= 2, () -> changes + " changes in five minutes");
        assertTrue(a.uses(b, true) && b.uses(a, true));
    }

    /** Two servers see two ports, and answer now in this order, now in that. */
    @Test
    void tellsNobodyOfAnotherOrder() {
        sites.relays(3);
        PathNode a = behind(NatKind.HARD);
        PathNode b = sites.publicNode(false, new Link(5 * Timeline.MS));
        a.host.edgeLink().jitterNs = 60 * Timeline.MS;
        flow(a, b, true);
        world.timeline().run(60 * Timeline.SECOND);
        int before = world.checks.reports(a);
        world.timeline().run(240 * Timeline.SECOND);
        int reports = world.checks.reports(a) - before;
        assertTrue(reports <= 4, () -> reports + " reports in four minutes");
    }

    /** A router forgets after 20 s, and a look at the own network was believed for 27. */
    @Test
    void asksAgainBeforeItTellsAnOldMapping() {
        sites.relays(2);
        PathNode a = behind(nat(Depends.NOTHING, Depends.ADDRESS_AND_PORT, Ports.ASCENDING, 20, true));
        PathNode b = behind(nat(Depends.NOTHING, Depends.ADDRESS_AND_PORT, Ports.ASCENDING, 20, true));
        Flow flow = flow(a, b, true);
        world.timeline().run(20 * Timeline.SECOND);
        flow.stop();
        world.timeline().run(49 * Timeline.SECOND);
        for (int pauseSeconds = 16; pauseSeconds < 27; pauseSeconds++) {
            world.timeline().run(60 * Timeline.SECOND + pauseSeconds * Timeline.SECOND);
            flow.start();
            world.timeline().run(3 * Timeline.SECOND);
            assertTrue(a.uses(b, true) && b.uses(a, true), "direct after " + pauseSeconds + " s more");
            flow.stop();
        }
    }

    /** The receiver of a flow pings each 3 s only, and two lost ones were the end of its path. */
    @Test
    void keepsAPathAtRestThoughPingsAreLost() {
        sites.relays(2);
        PathNode a = behind(NatKind.EASY);
        PathNode b = behind(NatKind.EASY);
        flow(a, b, false);
        world.timeline().run(20 * Timeline.SECOND);
        a.host.edgeLink().in.loss = 0.1;
        int before = world.checks.uses(b, a);
        world.timeline().run(400 * Timeline.SECOND);
        int changes = world.checks.uses(b, a) - before;
        assertTrue(changes <= 2, () -> changes + " changes");
    }

    @ParameterizedTest
    @ValueSource(longs = {22, 31, 53, 167, 398})
    void seedThatHasFoundSomething(long seed) {
        assertNull(PathSimulation.failureOf(seed));
    }
}
