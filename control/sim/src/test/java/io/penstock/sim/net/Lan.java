package io.penstock.sim.net;

import io.penstock.sim.Timeline;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A network behind a router. What is for nobody in it goes to the router. */
public final class Lan implements Segment {
    private static final long DELAY_NS = Timeline.MS / 5;

    private final Timeline timeline;
    private final Map<Endpoint, Attachment> byAddress = new HashMap<>();

    private @Nullable Router router;

    public Lan(Timeline timeline) {
        this.timeline = timeline;
    }

    void setRouter(Router gateway) {
        router = gateway;
    }

    /** The way to the internet. */
    public @Nullable Router router() {
        return router;
    }

    @Override
    public void attach(Endpoint address, Attachment to) {
        if (byAddress.put(address, to) != null) {
            throw new IllegalStateException("taken: " + address);
        }
        if (router != null) {
            router.onInside(address, true);
        }
    }

    @Override
    public void detach(Endpoint address) {
        byAddress.remove(address);
        if (router != null) {
            router.onInside(address, false);
        }
    }

    @Override
    public void send(Attachment from, Datagram datagram) {
        if (byAddress.containsKey(Addresses.of(datagram.to()))) {
            deliver(datagram);
        } else if (router != null) {
            router.fromInside(datagram);
        }
    }

    /** To one of its own; from there, or from the router. */
    void deliver(Datagram datagram) {
        timeline.after(DELAY_NS, () -> {
            Attachment to = byAddress.get(Addresses.of(datagram.to()));
            if (to != null) {
                to.receive(datagram);
            }
        });
    }
}
