package io.penstock.node.portmap.core;

import io.penstock.wireguard.Endpoint;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far it got. Immutable.
 *
 * @param isSearching whether the router may still answer
 * @param there the protocols that the router speaks
 * @param kind by which there is a mapping; null if there is none
 * @param external the mapping; null if there is none
 * @param refusals why a protocol that is there gave no mapping
 */
public record PortMapView(
        boolean isSearching,
        Set<PortMapKind> there,
        @Nullable PortMapKind kind,
        @Nullable Endpoint external,
        Map<PortMapKind, String> refusals) {
    public static final PortMapView NOTHING = new PortMapView(false, Set.of(), null, null, Map.of());

    public PortMapView {
        there = Set.copyOf(there);
        refusals = Map.copyOf(refusals);
    }
}
