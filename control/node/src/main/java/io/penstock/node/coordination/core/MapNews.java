package io.penstock.node.coordination.core;

import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.netmap.NetMap;
import java.util.Set;

/** What a part of the map stream brought. */
public sealed interface MapNews {
    /** A new map; see {@link CoordinationEvent.MapChanged}. */
    record Changed(NetMap map, Set<Long> touchedPeers) implements MapNews {}

    /** A first map of which nothing is kept here, by a reader that has its own use for it. */
    record Begun() implements MapNews {}

    /** The coordinator wants an answer. */
    record Pinged(PingRequest ping) implements MapNews {}
}
