package io.penstock.sim.path;

import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.Violation;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.path.Sites.Site;
import java.util.ArrayList;
import java.util.List;

/** Ten minutes of a network: it comes up, all goes well for a minute, then not, then well again, then nobody has anything to say. */
final class PathScenario {
    static final long STEADY_NS = 60 * Timeline.SECOND;
    static final long CALM_NS = 420 * Timeline.SECOND;
    static final long SETTLED_NS = CALM_NS + 40 * Timeline.SECOND;
    static final long SILENCE_NS = 525 * Timeline.SECOND;
    static final long END_NS = 600 * Timeline.SECOND;

    /** From the first packet on, a cold look at the own network (three seconds where a relay is dead) included. */
    private static final long DIRECT_NS = 8 * Timeline.SECOND;

    /** Nothing is said of a path any more so long after its last packet, and its last look. */
    private static final long REST_NS = 52 * Timeline.SECOND;

    private static final long BOOT_SPREAD_NS = 3 * Timeline.SECOND;
    private static final long BOOT_NS = 12 * Timeline.SECOND;

    /**
     * Changes of a path in a steady minute and after: the relay, a direct one, one that is better; and a ping that gets lost in the moment of
     * a search, as one in some thousands does (seed 1509), is one to another path and one back.
     */
    private static final int MAX_CHANGES = 4;

    /** Of where a node is, in six minutes in which it stays there; old mappings are forgotten meanwhile. */
    private static final int MAX_REPORTS = 18;

    /** The same where the theory knows no direct path and two hard NATs let one through for as long as they like. */
    private static final int MAX_LUCKY_CHANGES = 24;

    private final PathWorld world;
    private final Dice dice;
    private final Sites sites;
    private final List<Site> all = new ArrayList<>();
    private final boolean isSteady;
    private final long[] faults;

    PathScenario(PathWorld world, long[] faults) {
        this.world = world;
        this.faults = faults;
        dice = world.dice.split();
        sites = new Sites(world, world.dice.split());
        isSteady = dice.chance(0.25);
    }

    void run() {
        build();
        world.checks.watch();
        for (PathNode node : world.nodes) {
            world.after(dice.between(0, BOOT_SPREAD_NS), node::start);
        }
        world.timeline().runUntil(BOOT_NS);
        flows();
        world.timeline().runUntil(STEADY_NS);
        expectTheory("steady");
        int[] changes = changes();
        int[] reports = reports();
        if (!isSteady) {
            PathChaos chaos = new PathChaos(world, dice.split(), sites, all, faults);
            chaos.run(CALM_NS);
        }
        world.timeline().runUntil(CALM_NS);
        if (isSteady) {
            expectNoChange(changes, "in six steady minutes");
            expectFewReports(reports);
        }
        world.flows.forEach(Flow::start);
        world.timeline().runUntil(SETTLED_NS);
        expectTheory("settled");
        changes = changes();
        world.flows.forEach(Flow::forgetSilence);
        world.timeline().runUntil(SILENCE_NS);
        expectNoChange(changes, "though all is well");
        for (Flow flow : world.flows) {
            expectNoSilence(flow, flow.there);
            expectNoSilence(flow, flow.back);
        }
        world.flows.forEach(Flow::stop);
        world.timeline().runUntil(SILENCE_NS + REST_NS);
        long probes = world.checks.probes();
        world.timeline().runUntil(END_NS);
        if (world.checks.probes() != probes) {
            throw new Violation("rest", world.checks.probes() - probes + " probes though nobody has traffic");
        }
    }

    private void build() {
        sites.relays((int) dice.between(2, 3));
        int count = (int) dice.between(3, 5);
        for (int i = 0; i < count; i++) {
            addSite();
        }
        if (world.nodes.size() < 2) {
            sites.publicNode(false, sites.link());
            sites.publicNode(true, sites.link());
        }
    }

    private void addSite() {
        boolean hasV6 = dice.chance(0.3);
        Link link = sites.link();
        link.in.loss = dice.chance(0.5) ? 0 : 0.005;
        link.out.loss = link.in.loss;
        switch (dice.below(10)) {
            case 0 -> sites.publicNode(dice.chance(0.5), link);
            case 1 -> addNodes(sites.site(null, hasV6, link));
            case 2 -> {
                Site site = sites.site(NatKind.EASY, hasV6, link);
                site.router().isUdpBlocked = true;
                addNodes(site);
            }
            case 3 -> {
                Site carrier = sites.site(sites.anyKind(), false, link);
                addNodes(sites.inner(carrier, sites.anyKind()));
                if (dice.chance(0.5)) {
                    addNodes(sites.inner(carrier, sites.anyKind()));
                }
            }
            default -> addNodes(sites.site(sites.anyKind(), hasV6, link));
        }
    }

    private void addNodes(Site site) {
        all.add(site);
        sites.node(site, dice.chance(0.4));
        if (dice.chance(0.3)) {
            sites.node(site, dice.chance(0.4));
        }
    }

    private void flows() {
        int count = (int) dice.between(2, 5);
        for (int i = 0; i < count; i++) {
            PathNode a = dice.pick(world.nodes);
            PathNode b = dice.pick(world.nodes);
            if (a != b && world.flows.stream().noneMatch(flow -> flow.way(a, b) != null)) {
                long intervalNs = dice.pick(List.of(50L, 100L, 200L)) * Timeline.MS;
                Flow flow = new Flow(world, a, b, dice.chance(0.8), intervalNs);
                world.after(dice.between(0, 20 * Timeline.SECOND), () -> {
                    flow.start();
                    world.after(DIRECT_NS, () -> expectTheory(flow, "eight seconds after its first packet"));
                });
            }
        }
    }

    private void expectTheory(String when) {
        world.flows.forEach(flow -> expectTheory(flow, when));
    }

    /** Where a direct path can be, there is one. Where the theory knows none there may be luck. */
    private static void expectTheory(Flow flow, String when) {
        if (flow.isOn() && hasTheory(flow)) {
            expectDirect(flow, flow.there, when);
            expectDirect(flow, flow.back, when);
        }
    }

    private static boolean hasTheory(Flow flow) {
        return Theory.isDirectPossible(flow.there.from.host, flow.there.to.host);
    }

    private static void expectDirect(Flow flow, Flow.Way way, String when) {
        if (flow.isUsed(way) && !way.from.uses(way.to, true)) {
            throw new Violation(
                    "direct",
                    when + ": " + way.from + " uses " + way.from.used.get(way.to.key) + " for " + way.to + "; "
                            + Theory.describe(way.from.host) + " to " + Theory.describe(way.to.host));
        }
    }

    private int[] reports() {
        return world.nodes.stream().mapToInt(world.checks::reports).toArray();
    }

    /** All peers' maps change with each, so that nothing that only looks new is told. */
    private void expectFewReports(int[] before) {
        for (PathNode node : world.nodes) {
            int more = world.checks.reports(node) - before[node.id];
            if (more > MAX_REPORTS) {
                throw new Violation("told", node + " tells " + more + " times where it is, in six steady minutes");
            }
        }
    }

    private int[] changes() {
        int[] changes = new int[world.flows.size()];
        for (Flow flow : world.flows) {
            changes[flow.id] = changes(flow);
        }
        return changes;
    }

    private int changes(Flow flow) {
        return world.checks.uses(flow.there.from, flow.there.to) + world.checks.uses(flow.there.to, flow.there.from);
    }

    private void expectNoChange(int[] before, String when) {
        for (Flow flow : world.flows) {
            int more = changes(flow) - before[flow.id];
            if (more > (hasTheory(flow) ? MAX_CHANGES : MAX_LUCKY_CHANGES)) {
                throw new Violation("flapping", flow + " changes its path " + more + " times " + when);
            }
        }
    }

    private void expectNoSilence(Flow flow, Flow.Way way) {
        boolean isRelayFit = way.relayFineSinceNs >= 0 && way.relayFineSinceNs <= SETTLED_NS;
        if (flow.isUsed(way) && isRelayFit && hasTheory(flow) && way.longestNs > Timeline.SECOND) {
            throw new Violation(
                    "calm",
                    "nothing from " + way.from + " to " + way.to + " for " + way.longestNs / Timeline.MS + " ms");
        }
    }
}
