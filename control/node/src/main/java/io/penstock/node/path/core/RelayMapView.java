package io.penstock.node.path.core;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.IpText;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a DERP map says of STUN. Immutable. */
record RelayMapView(Map<Integer, DerpRegion> regions, Map<Integer, Double> scores) {
    static final RelayMapView EMPTY = new RelayMapView(Map.of(), Map.of());

    private static final int DEFAULT_STUN_PORT = 3478;
    private static final int NO_STUN = -1;

    static RelayMapView of(DerpMap map) {
        Map<Integer, DerpRegion> regions = new TreeMap<>();
        if (map.regions() != null) {
            map.regions().forEach((id, region) -> {
                if (id > 0 && !region.nodes().isEmpty()) {
                    regions.put(id, region);
                }
            });
        }
        DerpMap.HomeParams params = map.homeParams();
        Map<Integer, Double> scores = params == null || params.regionScore() == null ? Map.of() : params.regionScore();
        return new RelayMapView(regions, scores);
    }

    /** Whether a region may be measured, and become home by that. */
    boolean isMeasured(int id, int home) {
        DerpRegion region = regions.get(id);
        return region != null && !region.noMeasureNoHome() && (!region.avoid() || id == home);
    }

    List<DerpNode> stunNodes(int id) {
        DerpRegion region = regions.get(id);
        if (region == null) {
            return List.of();
        }
        return region.nodes().stream()
                .filter(node -> node.stunPort() != NO_STUN)
                .toList();
    }

    static int stunPort(DerpNode node) {
        return node.stunPort() == 0 ? DEFAULT_STUN_PORT : node.stunPort();
    }

    /** Whether the addresses of a family are to be asked of the DNS. */
    static boolean isByName(DerpNode node, boolean v6) {
        return node.stunTestIp().isEmpty() && (v6 ? node.ipv6() : node.ipv4()).isEmpty();
    }

    /** The literal address of a family; null if there is none. */
    static @Nullable Endpoint literal(DerpNode node, boolean v6) {
        String text = node.stunTestIp();
        if (text.isEmpty()) {
            text = v6 ? node.ipv6() : node.ipv4();
        }
        try {
            if (v6) {
                long[] halves = IpText.parse6(text);
                return Endpoint.v6(halves[0], halves[1], stunPort(node), 0);
            }
            return Endpoint.v4(IpText.parse4(text), stunPort(node));
        } catch (IllegalArgumentException e) {
            return null; // "none", or anything else that is no address: the family is off
        }
    }
}
