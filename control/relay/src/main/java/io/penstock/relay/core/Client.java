package io.penstock.relay.core;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A connection that was let in. What is written to it is thread-safe; what is read from it belongs to its loop. */
public final class Client implements Target {
    private final NodeKey key;
    private final Endpoint source;
    private final int flags;
    private final boolean isMesh;
    private final Outbox outbox;
    private final Link link;
    private final TokenBucket notHereNotes;

    /** Where it is found; set once when it arrives. */
    final Destination destination;

    /** Keys that it has received from and will be told of when they leave. */
    final Set<Destination> heardFrom = ConcurrentHashMap.newKeySet(4);

    private boolean isHome;

    Client(
            Destination destination,
            Greeting greeting,
            boolean isMesh,
            Endpoint source,
            Outbox outbox,
            Link link,
            TokenBucket notHereNotes) {
        this.destination = destination;
        key = destination.key;
        this.isMesh = isMesh;
        this.source = source;
        this.outbox = outbox;
        this.link = link;
        this.notHereNotes = notHereNotes;
        flags = (isMesh ? Frame.PRESENT_MESH : Frame.PRESENT_REGULAR)
                | (greeting.isProber() ? Frame.PRESENT_PROBER : 0);
    }

    public NodeKey key() {
        return key;
    }

    /** Whether it is another relay of the region, by its mesh key. */
    public boolean isMesh() {
        return isMesh;
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public Link link() {
        return link;
    }

    Frame present() {
        return new Frame.PeerPresent(key, source, flags);
    }

    /** Whether it may be told now that somebody is not here. */
    boolean mayNoteNotHere(long nowNs) {
        return notHereNotes.tryTake(1, nowNs);
    }

    /** On its loop: its home is here, or not; returns the change in the number of homes. */
    int onPreferred(boolean isPreferred) {
        int change = (isPreferred ? 1 : 0) - (isHome ? 1 : 0);
        isHome = isPreferred;
        return change;
    }
}
