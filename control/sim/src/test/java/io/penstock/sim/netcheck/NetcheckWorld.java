package io.penstock.sim.netcheck;

import io.penstock.node.netcheck.core.HostAddresses;
import io.penstock.node.netcheck.core.Netcheck;
import io.penstock.node.netcheck.core.NetcheckAction;
import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.node.path.core.RegionSurvey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.stun.discovery.ProbeSocket;
import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.net.Addresses;
import io.penstock.sim.net.Datagram;
import io.penstock.sim.net.Firewall;
import io.penstock.sim.net.Host;
import io.penstock.sim.net.Internet;
import io.penstock.sim.net.Lan;
import io.penstock.sim.net.Link;
import io.penstock.sim.net.Nat;
import io.penstock.sim.net.NatKind;
import io.penstock.sim.net.Router;
import io.penstock.wireguard.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A host with the three sockets of a look, somewhere, and what it finds. */
final class NetcheckWorld {
    static final String FIRST = "198.18.0.1";
    static final String SECOND = "198.18.0.2";
    static final String FIRST_V6 = "2001:db8:1::1";
    static final String SECOND_V6 = "2001:db8:1::2";
    static final String PUBLIC = "198.18.9.9";

    private static final int BASE_PORT = 40_000;
    private static final long MAX_EVENTS = 100_000;

    final Timeline timeline = new Timeline(MAX_EVENTS);
    final Dice dice;
    final Internet internet;
    private final long originNs;
    private final Host host;
    private final DerpMap map;
    private final RegionSurvey survey;
    private @Nullable Netcheck check;

    /** How long a connection to a region takes where datagrams do not get through; -1: there is none. */
    ToLongFunction<Integer> connectNs = region -> -1;

    /**
     * Of one seed.
     *
     * @param home the region that is home already, 0 for none
     */
    NetcheckWorld(long seed, DerpMap map, int home) {
        dice = new Dice(seed);
        this.map = map;
        originNs = dice.anyLong();
        internet = new Internet(timeline, dice.split());
        survey = new RegionSurvey(map, home, dice.split());
        host = new Host(new Link(0), port(ProbeSocket.MAPPING), null);
        host.setReceiver(datagram -> onDatagram(ProbeSocket.MAPPING, datagram));
        for (ProbeSocket socket : List.of(ProbeSocket.FILTERING, ProbeSocket.HAIRPIN)) {
            host.open(port(socket), datagram -> onDatagram(socket, datagram));
        }
    }

    private static int port(ProbeSocket socket) {
        return BASE_PORT + socket.ordinal();
    }

    Link link() {
        return new Link(dice.between(Timeline.MS, 40 * Timeline.MS));
    }

    /** A map of regions with one relay each, which is at these addresses of the two families; empty for none. */
    static DerpMap map(List<List<String>> regions) {
        Map<Integer, DerpRegion> all = new TreeMap<>();
        for (List<String> addresses : regions) {
            int id = 901 + all.size();
            DerpNode node = DerpNode.builder()
                    .name(id + "a")
                    .regionId(id)
                    .hostName("relay" + id)
                    .ipv4(addresses.get(0).isEmpty() ? "none" : addresses.get(0))
                    .ipv6(addresses.get(1).isEmpty() ? "none" : addresses.get(1))
                    .build();
            all.put(id, new DerpRegion(id, "r" + id, "Region " + id, 0, 0, false, false, List.of(node)));
        }
        return new DerpMap(null, all, true);
    }

    private Firewall firewall() {
        return new Firewall(timeline, 30 * Timeline.SECOND);
    }

    /** Puts the host behind a router; a null kind is one with public addresses behind a firewall. */
    Router behind(@Nullable NatKind kind) {
        Lan lan = new Lan(timeline);
        Nat nat = kind == null ? null : new Nat(timeline, dice.split(), kind);
        Router router = new Router(lan, internet, link(), Addresses.parse(PUBLIC), nat, firewall());
        String own = kind == null ? "198.18.10.2" : "192.168.1.2";
        host.plug(lan, List.of(Addresses.parse(own), Addresses.parse("2001:db8:2::2")));
        return router;
    }

    /** Behind a router of its own that is behind another's. */
    void behind(NatKind inner, NatKind outer) {
        Lan between = new Lan(timeline);
        Router carrier = new Router(
                between, internet, link(), Addresses.parse(PUBLIC), new Nat(timeline, dice.split(), outer), firewall());
        if (carrier.upstream() != null) {
            throw new AssertionError("the carrier is at the internet");
        }
        Lan lan = new Lan(timeline);
        new Router(
                lan,
                between,
                new Link(0),
                Addresses.parse("10.64.0.2"),
                new Nat(timeline, dice.split(), inner),
                firewall());
        host.plug(lan, List.of(Addresses.parse("192.168.1.2")));
    }

    void atTheInternet() {
        host.plug(internet, List.of(Addresses.parse("198.18.10.2")));
    }

    private long nowNs() {
        return originNs + timeline.nowNs();
    }

    NetcheckReport look() {
        int port = port(ProbeSocket.MAPPING);
        boolean hasV6 = host.addresses().stream().anyMatch(Endpoint::isV6);
        HostAddresses here = new HostAddresses(host.addresses(), port, hasV6 ? port : 0);
        Netcheck look = new Netcheck(survey, map, List.of(), here, false, dice.split(), nowNs());
        check = look;
        perform(look);
        long endNs = timeline.nowNs() + 15 * Timeline.SECOND;
        while (!look.isDone()) {
            if (timeline.nowNs() > endNs) {
                throw new AssertionError("a look ends by itself");
            }
            // What happens meanwhile calls onDatagram; a millisecond is the grain of the runner's timer, too.
            timeline.run(Math.clamp(look.leftNs(nowNs()), 1, Timeline.MS));
            look.onTime(nowNs());
            perform(look);
        }
        check = null;
        return look.report();
    }

    private void onDatagram(ProbeSocket at, Datagram datagram) {
        Netcheck look = check;
        if (look != null) {
            look.onDatagram(at, datagram.from(), datagram.bytes(), nowNs());
            perform(look);
        }
    }

    private void perform(Netcheck look) {
        for (NetcheckAction action = look.poll(); action != null; action = look.poll()) {
            switch (action) {
                case NetcheckAction.Send send ->
                    host.sendFrom(port(send.from()), send.to(), send.datagram(), send.datagram().length);
                case NetcheckAction.Resolve resolve ->
                    timeline.after(Timeline.MS, () -> look.onResolved(resolve.hostName(), List.of(), nowNs()));
                case NetcheckAction.MeasureConnect measure -> {
                    long ns = connectNs.applyAsLong(measure.region());
                    timeline.after(Math.max(ns, Timeline.MS), () -> look.onConnectTime(measure.region(), ns, nowNs()));
                }
            }
        }
    }
}
