package io.penstock.sim.path;

import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Host;
import io.penstock.sim.net.Internet;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.Router;
import io.penstock.sim.path.Sites.Site;
import java.util.ArrayList;
import java.util.List;

/** Makes the weather: one thing after another goes wrong, for a while, sometimes several at once. In the end everything is well again. */
final class PathChaos {
    private static final long LEAST_GAP_NS = 2 * Timeline.SECOND;
    private static final long MOST_GAP_NS = 30 * Timeline.SECOND;
    private static final long LEAST_NS = Timeline.SECOND;
    private static final long MOST_NS = 60 * Timeline.SECOND;
    private static final double MOST_AT_BEST = 0.01;
    private static final long NOTICED_NS = 50 * Timeline.MS;

    private final PathWorld world;
    private final Dice dice;
    private final Sites sites;
    private final List<Site> places;
    private final long[] faults;
    private long endNs;

    PathChaos(PathWorld world, Dice dice, Sites sites, List<Site> places, long[] faults) {
        this.world = world;
        this.dice = dice;
        this.sites = sites;
        this.places = places;
        this.faults = faults;
    }

    void run(long until) {
        endNs = until;
        next();
    }

    private void next() {
        world.after(dice.between(LEAST_GAP_NS, MOST_GAP_NS), () -> {
            if (world.nowNs() < endNs - MOST_GAP_NS) {
                happen(dice.pick(List.of(PathFault.values())));
                next();
            }
        });
    }

    /** What was done is undone later, at the latest when all is to be well. */
    private void later(Runnable undo) {
        world.at(Math.min(endNs, world.nowNs() + dice.between(LEAST_NS, MOST_NS)), undo);
    }

    private void happen(PathFault fault) {
        PathNode node = dice.pick(world.nodes);
        RelayServer relay = dice.pick(world.relays);
        List<Router> routers = node.host.routers();
        Link link = node.host.edgeLink();
        world.note(fault.name(), node.id, relay.region, null);
        switch (fault) {
            case NAT_RESTART -> {
                if (routers.isEmpty()) {
                    return;
                }
                dice.pick(routers).restart();
            }
            case PUBLIC_ADDRESS_CHANGE -> {
                if (routers.isEmpty()) {
                    return;
                }
                routers.getLast().renumber(sites.nextPublic());
            }
            case ADDRESS_CHANGE -> addressChange(node);
            case ROAM -> roam(node);
            case NODE_RESTART -> restart(node, false);
            case NODE_RESTART_OTHER_KEY -> restart(node, true);
            case RELAY_DEATH -> {
                relay.die();
                later(relay::start);
            }
            case RELAY_FREEZE -> {
                relay.freeze();
                later(relay::start);
            }
            case COORDINATOR_AWAY -> {
                world.coordinator.setAway(true);
                later(() -> world.coordinator.setAway(false));
            }
            case PARTITION -> cut(true);
            case ONE_WAY_CUT -> cut(false);
            case UDP_BLOCKED -> {
                if (routers.isEmpty() || routers.getLast().isUdpBlocked) {
                    return;
                }
                routers.getLast().isUdpBlocked = true;
                later(() -> routers.getLast().isUdpBlocked = false);
            }
            case UPLINK_CUT -> {
                link.in.isCut = true;
                link.out.isCut = true;
                later(() -> {
                    link.in.isCut = false;
                    link.out.isCut = false;
                });
            }
            case LOSS -> {
                double before = link.in.loss;
                if (before > MOST_AT_BEST) {
                    return; // it is lossy already, and what is undone first would not be what was done first
                }
                link.in.loss = dice.pick(List.of(0.03, 0.1, 0.2));
                later(() -> link.in.loss = before);
            }
            case DISORDER -> {
                link.out.duplication = 0.05;
                link.out.reordering = 0.2;
                later(() -> {
                    link.out.duplication = 0;
                    link.out.reordering = 0;
                });
            }
            case SLOWER -> {
                long moreNs = dice.between(20 * Timeline.MS, 150 * Timeline.MS);
                link.delayNs += moreNs;
                later(() -> link.delayNs -= moreNs);
            }
            case MTU_HOLE -> {
                link.out.mtu = 1200;
                link.out.isHole = dice.chance(0.7); // else there are fragments
                later(() -> {
                    link.out.mtu = 1500;
                    link.out.isHole = false;
                });
            }
            case FLOW_PAUSE -> {
                if (world.flows.isEmpty()) {
                    return;
                }
                Flow flow = dice.pick(world.flows);
                flow.stop();
                later(flow::start);
            }
        }
        faults[fault.ordinal()]++;
    }

    private void addressChange(PathNode node) {
        Object place = node.host.place();
        for (Site site : places) {
            if (site.lan() == place) {
                node.host.plug(site.lan(), sites.addresses(site));
            }
        }
        if (place instanceof Internet internet) {
            node.host.plug(internet, List.of(sites.nextPublic()));
        }
        world.after(dice.between(0, NOTICED_NS), node::onAddressesChanged);
    }

    /** To another place, after some time without any. */
    private void roam(PathNode node) {
        Host host = node.host;
        host.unplug();
        world.after(dice.between(0, NOTICED_NS), node::onAddressesChanged);
        world.at(Math.min(endNs, world.nowNs() + dice.between(Timeline.MS, 5 * Timeline.SECOND)), () -> {
            if (host.place() != null) {
                return; // it was faster another time
            }
            if (places.isEmpty()) {
                host.plug(world.internet, List.of(sites.nextPublic()));
            } else {
                Site site = dice.pick(places);
                host.plug(site.lan(), sites.addresses(site));
            }
            world.after(dice.between(0, NOTICED_NS), node::onAddressesChanged);
        });
    }

    private void restart(PathNode node, boolean withOtherKey) {
        if (!node.isRunning) {
            return;
        }
        node.stop(withOtherKey);
        world.at(Math.min(endNs, world.nowNs() + dice.between(0, 10 * Timeline.SECOND)), node::start);
    }

    /** Between two nodes' places and the internet; relays are reached as before. */
    private void cut(boolean bothWays) {
        List<PathNode> nodes = new ArrayList<>(world.nodes);
        Object a = dice.pick(nodes).host.edge();
        Object b = dice.pick(nodes).host.edge();
        if (a == b) {
            return;
        }
        world.internet.cut(a, b);
        if (bothWays) {
            world.internet.cut(b, a);
        }
        later(() -> {
            world.internet.heal(a, b);
            world.internet.heal(b, a);
        });
    }
}
