package io.penstock.sim.net;

import io.penstock.sim.Timeline;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.Map;

/** Lets out what wants out, and in only what answers it, from the address and port that it went to. */
public final class Firewall {
    private record Flow(Endpoint inside, Endpoint outside) {}

    private final Timeline timeline;
    private final long lifetimeNs;
    private final Map<Flow, Long> lastNs = new HashMap<>();

    /**
     * One that knows no flow yet.
     *
     * @param lifetimeNs for so long after the last datagram of a flow, either way, it is remembered
     */
    public Firewall(Timeline timeline, long lifetimeNs) {
        this.timeline = timeline;
        this.lifetimeNs = lifetimeNs;
    }

    void onOut(Datagram datagram) {
        lastNs.put(new Flow(datagram.from(), datagram.to()), timeline.nowNs());
    }

    boolean letsIn(Datagram datagram) {
        Flow flow = new Flow(datagram.to(), datagram.from());
        Long last = lastNs.get(flow);
        if (last == null || timeline.nowNs() - last >= lifetimeNs) {
            lastNs.remove(flow);
            return false;
        }
        lastNs.put(flow, timeline.nowNs());
        return true;
    }

    /** It was restarted. */
    void forget() {
        lastNs.clear();
    }
}
