package io.penstock.node.path;

import io.penstock.node.path.core.Ignored;
import io.penstock.node.path.core.PathCore;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was dropped since the start.
 *
 * @param ignored packets of discovery and STUN that changed nothing, by reason
 * @param lost what the tunnel told while too much waited
 * @param refused relayed packets of no peer, or for which the tunnel had no room
 * @param unknownRegions packets for relays that the map does not have
 */
public record PathCounters(Map<Ignored, Long> ignored, long lost, long refused, long unknownRegions) {
    public PathCounters {
        ignored = Map.copyOf(ignored);
    }

    static PathCounters of(PathCore core, long lost, long refused, long unknownRegions) {
        Map<Ignored, Long> ignored = new EnumMap<>(Ignored.class);
        for (Ignored reason : Ignored.values()) {
            ignored.put(reason, core.ignored(reason));
        }
        return new PathCounters(ignored, lost, refused, unknownRegions);
    }
}
