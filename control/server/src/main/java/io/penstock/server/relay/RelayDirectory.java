package io.penstock.server.relay;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.server.map.RelayMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Puts together what nodes are told of relays: the coordinator's own, and those of a file. Thread-safe. */
public final class RelayDirectory {
    private final RelayMap target;

    // Guarded by this.
    private @Nullable OwnRegion own;
    private Map<Integer, DerpRegion> others = Map.of();
    private DerpMap.@Nullable HomeParams homeParams;

    public RelayDirectory(RelayMap target) {
        this.target = target;
    }

    /** The relay inside, from here on. */
    public synchronized void setOwn(OwnRegion region) {
        own = region;
        tell();
    }

    /** Everybody else's, from here on. */
    public synchronized void setOthers(DerpMap map) {
        others = map.regions() == null ? Map.of() : map.regions();
        homeParams = map.homeParams();
        tell();
    }

    private void tell() {
        Map<Integer, DerpRegion> all = new TreeMap<>(others);
        if (own != null) {
            all.put(OwnRegion.ID, own.message());
        }
        target.set(all, homeParams);
    }
}
