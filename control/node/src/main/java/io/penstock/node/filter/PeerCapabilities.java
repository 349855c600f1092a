package io.penstock.node.filter;

import io.penstock.engine.filter.AddressRange;
import io.penstock.engine.filter.AddressSet;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.message.CapGrant;
import io.penstock.protocol.message.FilterRule;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What peers may do at this node's applications: the grants in the filter rules of a network map, which have no meaning for packets.
 * Immutable; any thread.
 */
public final class PeerCapabilities {
    private record Grant(AddressSet sources, AddressSet destinations, CapGrant what) {}

    private final List<Grant> grants;

    private PeerCapabilities(List<Grant> grants) {
        this.grants = grants;
    }

    /**
     * Takes the grants of rules.
     *
     * @param onOddity is told of each source that is not understood, and so has no capabilities
     */
    public static PeerCapabilities of(List<FilterRule> rules, Consumer<String> onOddity) {
        List<Grant> grants = new ArrayList<>();
        for (FilterRule rule : rules) {
            if (rule.capGrant().isEmpty()) {
                continue;
            }
            AddressSet sources = sources(rule, onOddity);
            for (CapGrant grant : rule.capGrant()) {
                AddressSet destinations = AddressSet.of(
                        grant.dsts().stream().map(AddressRange::of).toList());
                grants.add(new Grant(sources, destinations, grant));
            }
        }
        return new PeerCapabilities(List.copyOf(grants));
    }

    private static AddressSet sources(FilterRule rule, Consumer<String> onOddity) {
        List<AddressRange> ranges = new ArrayList<>();
        rule.srcIps().forEach(text -> ranges.addAll(FilterCompiler.ranges(text, onOddity)));
        return AddressSet.of(ranges);
    }

    /** The capabilities of a peer at one of this node's addresses, with the values of all grants together. Addresses are prefixes of full length. */
    public Map<String, List<RawJson>> of(Prefix source, Prefix destination) {
        Map<String, List<RawJson>> capabilities = new LinkedHashMap<>();
        for (Grant grant : grants) {
            if (contains(grant.sources(), source) && contains(grant.destinations(), destination)) {
                grant.what().caps().forEach(name -> capabilities.computeIfAbsent(name, key -> new ArrayList<>()));
                grant.what().capMap().forEach((name, values) -> capabilities
                        .computeIfAbsent(name, key -> new ArrayList<>())
                        .addAll(values));
            }
        }
        capabilities.replaceAll((name, values) -> List.copyOf(values));
        return Collections.unmodifiableMap(capabilities);
    }

    private static boolean contains(AddressSet set, Prefix address) {
        return address.isV6() ? set.contains6(address.high(), address.low()) : set.contains4((int) address.low());
    }
}
