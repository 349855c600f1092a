package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a look at the network found. Latencies are round trips in nanoseconds, by region.
 *
 * @param connect how long it took to connect, where no datagram gets through
 * @param mapped our addresses as STUN servers saw them
 * @param mappingVaries whether our NAT gives us another address for each server; null if fewer than two have answered
 * @param isUdpTried whether any server was asked
 */
public record CheckReport(
        Map<Integer, Long> v4,
        Map<Integer, Long> v6,
        Map<Integer, Long> connect,
        List<Endpoint> mapped,
        @Nullable Boolean mappingVaries,
        boolean isUdpTried) {
    public static final CheckReport NOTHING = new CheckReport(Map.of(), Map.of(), Map.of(), List.of(), null, false);

    /** Whether datagrams get out and in. */
    public boolean isUdpOpen() {
        return !v4.isEmpty() || !v6.isEmpty();
    }

    /** The best of each region. */
    public Map<Integer, Long> latencies() {
        Map<Integer, Long> best = new TreeMap<>(connect);
        Stream.of(v4, v6).forEach(family -> family.forEach((region, ns) -> best.merge(region, ns, Math::min)));
        return best;
    }

    /** The fastest regions, the first one first. */
    Set<Integer> fastest(int count) {
        Set<Integer> regions = new TreeSet<>();
        latencies().entrySet().stream()
                .sorted(Comparator.comparingLong(Map.Entry::getValue))
                .limit(count)
                .forEach(entry -> regions.add(entry.getKey()));
        return regions;
    }
}
