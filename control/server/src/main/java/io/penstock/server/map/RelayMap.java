package io.penstock.server.map;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which relays nodes are told of: none of anybody else's but those that were set. May be set anew while the coordinator runs.
 * Thread-safe.
 */
public final class RelayMap implements Supplier<DerpMap> {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile DerpMap map = new DerpMap(null, Map.of(), true);

    /** The map as it is told to nodes. The same object until it is set anew. */
    @Override
    public DerpMap get() {
        return map;
    }

    /**
     * Takes the place of what was set before, and tells those who listen, on this thread.
     *
     * @param regions by their id
     * @param homeParams how to choose among them, null for by latency alone
     */
    public void set(Map<Integer, DerpRegion> regions, DerpMap.@Nullable HomeParams homeParams) {
        map = new DerpMap(homeParams, new TreeMap<>(regions), true);
        listeners.forEach(Runnable::run);
    }

    /** Calls this after each change; it may wake somebody, no more. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }
}
