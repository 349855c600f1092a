package io.penstock.node.path.core;

import io.penstock.protocol.message.DerpNode;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Addresses of relays that a map names without address. Asked for anew after five minutes; the old one is used until there is an answer. */
final class StunNames {
    private static final long FRESH_NS = 300_000_000_000L;

    private static final class Entry {
        boolean isAsked;
        boolean isKnown;
        long knownNs;
        List<Endpoint> addresses = List.of();
    }

    private final Queue<PathAction> actions;
    private final Map<String, Entry> entries = new HashMap<>(); // of the names in the map

    StunNames(Queue<PathAction> actions) {
        this.actions = actions;
    }

    /** Forgets the names of an old map. */
    void clear() {
        entries.clear();
    }

    /** An address of this family, null if there is none or it is not known yet. */
    @Nullable Endpoint address(DerpNode node, boolean v6, long nowNs) {
        Entry entry = entries.computeIfAbsent(node.hostName(), name -> new Entry());
        boolean isFresh = entry.isKnown && nowNs - entry.knownNs < FRESH_NS;
        if (!isFresh && !entry.isAsked) {
            entry.isAsked = true;
            actions.add(new PathAction.Resolve(node.hostName()));
        }
        for (Endpoint address : entry.addresses) {
            if (address.isV6() == v6) {
                int port = RelayMapView.stunPort(node);
                return v6
                        ? Endpoint.v6(address.high(), address.low(), port, 0)
                        : Endpoint.v4((int) address.low(), port);
            }
        }
        return null;
    }

    /** Whether it is known that there is no address. */
    boolean isUnknown(String hostName) {
        Entry entry = entries.get(hostName);
        return entry != null && entry.isKnown && !entry.isAsked;
    }

    /** The DNS has answered; the ports mean nothing. Empty if the name has no address. */
    void onResolved(String hostName, List<Endpoint> addresses, long nowNs) {
        Entry entry = entries.get(hostName);
        if (entry == null) {
            return; // of an old map
        }
        entry.isAsked = false;
        entry.isKnown = !addresses.isEmpty();
        entry.knownNs = nowNs;
        if (entry.isKnown) {
            entry.addresses = List.copyOf(addresses);
        }
    }
}
