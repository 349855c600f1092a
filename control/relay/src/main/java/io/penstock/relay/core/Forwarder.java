package io.penstock.relay.core;

import io.penstock.protocol.key.NodeKey;
import java.util.HashSet;
import java.util.Set;

/** The way to another relay of the region, and to the clients that it has announced. Thread-safe. */
public final class Forwarder implements Target {
    private final Outbox outbox;
    private final Link link;

    /** What the other relay announced; guarded by the relay's lock. */
    final Set<NodeKey> announced = new HashSet<>();

    Forwarder(Outbox outbox, Link link) {
        this.outbox = outbox;
        this.link = link;
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public Link link() {
        return link;
    }
}
