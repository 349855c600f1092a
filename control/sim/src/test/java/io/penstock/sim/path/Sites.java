package io.penstock.sim.path;

import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Addresses;
import io.penstock.sim.net.Firewall;
import io.penstock.sim.net.Host;
import io.penstock.sim.net.Lan;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.Nat;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.net.NatKind.Depends;
import io.penstock.sim.net.NatKind.Hairpin;
import io.penstock.sim.net.NatKind.Ports;
import io.penstock.sim.net.Router;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds the places where nodes are, and gives out addresses. */
final class Sites {
    private static final int PUBLIC = 0xc612_0000; // 198.18.0.0/15
    private static final long PUBLIC_V6 = 0x2001_0db8_0000_0000L;

    /** A network behind routers, and what its hosts have. */
    record Site(Lan lan, Router router, Endpoint prefix, boolean hasV4, boolean hasV6, long number) {}

    private final PathWorld world;
    private final Dice dice;
    private int publicCount;
    private int siteCount;
    private int hostCount;

    Sites(PathWorld world, Dice dice) {
        this.world = world;
        this.dice = dice;
    }

    Endpoint nextPublic() {
        return Endpoint.v4(PUBLIC + 256 + ++publicCount, 0);
    }

    Firewall firewall() {
        return new Firewall(world.timeline(), dice.pick(List.of(30L, 120L)) * Timeline.SECOND);
    }

    /** Any NAT that RFC 4787 has words for. */
    NatKind anyKind() {
        return new NatKind(
                dice.pick(List.of(Depends.values())),
                dice.pick(List.of(Depends.values())),
                dice.pick(List.of(Ports.values())),
                dice.pick(List.of(Hairpin.values())),
                dice.pick(List.of(20L, 30L, 120L)) * Timeline.SECOND,
                dice.chance(0.7));
    }

    Link link() {
        Link link = new Link(dice.between(Timeline.MS, 40 * Timeline.MS));
        link.jitterNs = link.delayNs / dice.between(4, 20);
        return link;
    }

    /** Behind one router at the internet. {@code kind} is null for public addresses behind a firewall. */
    Site site(@Nullable NatKind kind, boolean hasV6, Link link) {
        Lan lan = new Lan(world.timeline());
        int number = ++siteCount;
        Nat nat = kind == null ? null : new Nat(world.timeline(), dice.split(), kind);
        Router router = new Router(lan, world.internet, link, nextPublic(), nat, firewall());
        // Half of all homes have the same addresses, as is so.
        int third = dice.chance(0.5) ? 1 : number;
        Endpoint prefix =
                kind == null ? Endpoint.v4(PUBLIC + (number << 12), 0) : Endpoint.v4(0xc0a8_0000 + (third << 8), 0);
        return new Site(lan, router, prefix, true, hasV6, number);
    }

    /** Behind a router of its own that is behind another's. */
    Site inner(Site carrier, NatKind kind) {
        Lan lan = new Lan(world.timeline());
        int number = ++siteCount;
        Nat nat = new Nat(world.timeline(), dice.split(), kind);
        Endpoint outer = Endpoint.v4((int) carrier.prefix().low() + 0x40 + number, 0);
        Router router = new Router(lan, carrier.lan(), new Link(0), outer, nat, firewall());
        return new Site(lan, router, Endpoint.v4(0x0a00_0000 + (number << 8), 0), true, false, number);
    }

    /** A host's addresses in a site that nobody else has. */
    List<Endpoint> addresses(Site site) {
        List<Endpoint> all = new ArrayList<>();
        int number = 2 + ++hostCount;
        if (site.hasV4()) {
            all.add(Endpoint.v4((int) site.prefix().low() + number, 0));
        }
        if (site.hasV6()) {
            all.add(Endpoint.v6(PUBLIC_V6 + (site.number() << 8), number, 0, 0));
        }
        return all;
    }

    PathNode node(Host host) {
        PathNode node = new PathNode(world, world.nodes.size(), host, dice.split());
        world.nodes.add(node);
        return node;
    }

    /** A node in a site. */
    PathNode node(Site site, boolean withFirewall) {
        Host host = new Host(new Link(0), PathNode.PORT, withFirewall ? firewall() : null);
        host.plug(site.lan(), addresses(site));
        return node(host);
    }

    /** A node on a host of the internet itself. */
    PathNode publicNode(boolean withFirewall, Link link) {
        Host host = new Host(link, PathNode.PORT, withFirewall ? firewall() : null);
        host.plug(world.internet, List.of(nextPublic()));
        return node(host);
    }

    void relays(int count) {
        for (int i = 0; i < count; i++) {
            Endpoint v6 = Endpoint.v6(PUBLIC_V6 + 0xffff_0000L, i + 1, 0, 0);
            world.addRelay(dice.between(Timeline.MS, 30 * Timeline.MS), List.of(Addresses.of(nextPublic()), v6));
        }
    }
}
