package io.penstock.sim.path;

import io.penstock.protocol.message.DerpMap;
import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.sim.Trace;
import io.penstock.sim.net.Host;
import io.penstock.sim.net.Internet;
import io.penstock.sim.net.Link;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One run: nodes, relays, a coordinator and the internet, in virtual time from one seed. */
final class PathWorld {
    private static final long MAX_EVENTS = 5_000_000;

    final BouncyCastleX25519 x25519 = new BouncyCastleX25519();
    final Dice dice;
    final Trace trace = new Trace();
    final Internet internet;
    final Coordinator coordinator;
    final List<RelayServer> relays = new ArrayList<>();
    final List<PathNode> nodes = new ArrayList<>();
    final List<Flow> flows = new ArrayList<>();
    final PathChecks checks = new PathChecks(this);
    private final Timeline timeline = new Timeline(MAX_EVENTS);
    private final long originNs;
    private @Nullable DerpMap relayMap;

    PathWorld(long seed) {
        dice = new Dice(seed);
        // The nodes' clock is any number; sometimes one that wraps within the run.
        originNs = dice.chance(0.2) ? Long.MAX_VALUE - dice.between(0, 600 * Timeline.SECOND) : dice.anyLong();
        internet = new Internet(timeline, dice.split());
        coordinator = new Coordinator(this, dice.split());
    }

    Timeline timeline() {
        return timeline;
    }

    long nowNs() {
        return timeline.nowNs();
    }

    /** The same as the nodes see it. */
    long nodeNs() {
        return originNs + timeline.nowNs();
    }

    void at(long atNs, Runnable what) {
        timeline.at(atNs, what);
    }

    void after(long delayNs, Runnable what) {
        timeline.after(delayNs, what);
    }

    void note(String what, int node, long number, @Nullable Object detail) {
        trace.note(timeline.nowNs(), what, node, number, detail);
    }

    RelayServer addRelay(long delayNs, List<Endpoint> addresses) {
        Host host = new Host(new Link(delayNs), RelayServer.STUN_PORT, null);
        host.plug(internet, addresses);
        RelayServer relay = new RelayServer(this, 900 + relays.size(), host);
        relays.add(relay);
        return relay;
    }

    @Nullable RelayServer relay(int region) {
        int index = region - 900;
        return index >= 0 && index < relays.size() ? relays.get(index) : null;
    }

    DerpMap relayMap() {
        if (relayMap == null) {
            relayMap = Maps.relays(relays);
        }
        return Objects.requireNonNull(relayMap);
    }
}
