package io.penstock.node.daemon.core;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Hosts that must not be reached through the tunnel, as it is by them that the tunnel comes up: the coordinator, and relays. */
final class BypassHosts {
    private final Map<Integer, List<Prefix>> relays = new TreeMap<>(); // by region
    private List<Prefix> coordinator = List.of();

    /** Where the coordinator is; false if that is known. */
    boolean onCoordinator(List<Prefix> hosts) {
        boolean isNews = !hosts.equals(coordinator);
        coordinator = List.copyOf(hosts);
        return isNews;
    }

    /** Where the relay of a region is; false if that is known. */
    boolean onRelay(int region, List<Prefix> hosts) {
        return !hosts.equals(relays.put(region, List.copyOf(hosts)));
    }

    /** All of them, each once; relays of regions that have left the map are forgotten. */
    List<Prefix> of(@Nullable NetMap map) {
        DerpMap known = map == null ? null : map.derpMap();
        if (known != null && known.regions() != null) {
            relays.keySet().retainAll(known.regions().keySet());
        }
        List<Prefix> hosts = new ArrayList<>(coordinator);
        relays.values().forEach(hosts::addAll);
        return hosts.stream().distinct().toList();
    }
}
