package io.penstock.engine.filter;

import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rules that say what peers may open here, compiled for looking up. Whatever no rule allows is refused. Immutable; any thread.
 *
 * <p>Sources lead to destinations, and those to ports, by a binary search each: the time is that of the logarithms, and of how many
 * different ranges lie around an address, not of the number of rules.
 */
public final class PacketFilter {
    /** Lets nothing in, not even replies. */
    public static final PacketFilter NOTHING = compile(List.of(), AddressSet.EMPTY);

    /** What rules with the same sources open. Compared by identity: the index does so for each of very many sources. */
    private static final class Opening {
        final List<AddressIndex.Entry<Grant>> grants;

        Opening(List<AddressIndex.Entry<Grant>> grants) {
            this.grants = grants;
        }
    }

    private final int ruleCount;
    private final AddressSet local;
    private final AddressIndex<AddressIndex<PortSet>> sources4;
    private final AddressIndex<AddressIndex<PortSet>> sources6;

    private PacketFilter(
            int ruleCount,
            AddressSet local,
            AddressIndex<AddressIndex<PortSet>> sources4,
            AddressIndex<AddressIndex<PortSet>> sources6) {
        this.ruleCount = ruleCount;
        this.local = local;
        this.sources4 = sources4;
        this.sources6 = sources6;
    }

    /**
     * Compiles rules.
     *
     * @param local the addresses that packets may be for at all: the node's own, and those of the routes that it offers
     */
    public static PacketFilter compile(Collection<PacketRule> rules, AddressSet local) {
        Map<AddressSet, List<PacketRule>> bySources = new LinkedHashMap<>();
        for (PacketRule rule : rules) {
            bySources
                    .computeIfAbsent(rule.sources(), sources -> new ArrayList<>())
                    .add(rule);
        }
        return new PacketFilter(rules.size(), local, sources(bySources, local, false), sources(bySources, local, true));
    }

    private static AddressIndex<AddressIndex<PortSet>> sources(
            Map<AddressSet, List<PacketRule>> bySources, AddressSet local, boolean isV6) {
        List<AddressIndex.Entry<Opening>> entries = new ArrayList<>();
        bySources.forEach((sources, rules) -> {
            Opening opening = new Opening(grants(rules, local, isV6));
            if (!opening.grants.isEmpty()) {
                sources.ranges().stream()
                        .filter(range -> range.isV6() == isV6)
                        .forEach(range -> entries.add(new AddressIndex.Entry<>(range, opening)));
            }
        });
        return AddressIndex.of(entries, PacketFilter::destinations);
    }

    /** What the rules open at each destination that is ours. */
    private static List<AddressIndex.Entry<Grant>> grants(List<PacketRule> rules, AddressSet local, boolean isV6) {
        List<AddressIndex.Entry<Grant>> grants = new ArrayList<>();
        for (PacketRule rule : rules) {
            List<Integer> protocols = rule.protocols().isEmpty() ? PacketRule.DEFAULT_PROTOCOLS : rule.protocols();
            for (PacketRule.Destination destination : rule.destinations()) {
                Grant grant = new Grant(destination.firstPort(), destination.lastPort(), protocols);
                destination.addresses().intersect(local).ranges().stream()
                        .filter(range -> range.isV6() == isV6)
                        .forEach(range -> grants.add(new AddressIndex.Entry<>(range, grant)));
            }
        }
        return grants;
    }

    private static AddressIndex<PortSet> destinations(List<Opening> ofSource) {
        return AddressIndex.of(
                ofSource.stream().flatMap(opening -> opening.grants.stream()).toList(), PortSet::of);
    }

    /** How many rules were compiled. */
    public int ruleCount() {
        return ruleCount;
    }

    /**
     * Whether a rule lets {@code source} open something at {@code destination}: a port of TCP, UDP or SCTP, anything of ICMP, or a
     * protocol without ports. Both are prefixes of full length.
     *
     * @param port is only looked at where the protocol has ports
     */
    public boolean allows(Prefix source, Prefix destination, int protocol, int port) {
        if (source.isV6() != destination.isV6()) {
            return false;
        }
        boolean isIcmp = protocol == (source.isV6() ? Ip.ICMP6 : Ip.ICMP4);
        int key = isIcmp ? PortSet.ICMP : PortSet.key(protocol, PortSet.hasPorts(protocol) ? port : 0);
        return source.isV6()
                ? allows6(source.high(), source.low(), destination.high(), destination.low(), key)
                : allows4((int) source.low(), (int) destination.low(), key);
    }

    /** Whether packets may be for this address at all. */
    boolean isLocal4(int destination) {
        return local.contains4(destination);
    }

    boolean isLocal6(long high, long low) {
        return local.contains6(high, low);
    }

    /**
     * Whether a rule allows this.
     *
     * @param key of {@link PortSet}
     */
    boolean allows4(int source, int destination, int key) {
        long from = Integer.toUnsignedLong(source);
        long to = Integer.toUnsignedLong(destination);
        for (int i = sources4.first4(from); i != AddressIndex.END; i = sources4.next(i)) {
            AddressIndex<PortSet> destinations = sources4.value(i);
            for (int j = destinations.first4(to); j != AddressIndex.END; j = destinations.next(j)) {
                if (destinations.value(j).contains(key)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** As {@link #allows4}, of IPv6 addresses. */
    boolean allows6(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int key) {
        for (int i = sources6.first6(sourceHigh, sourceLow); i != AddressIndex.END; i = sources6.next(i)) {
            AddressIndex<PortSet> destinations = sources6.value(i);
            for (int j = destinations.first6(destinationHigh, destinationLow);
                    j != AddressIndex.END;
                    j = destinations.next(j)) {
                if (destinations.value(j).contains(key)) {
                    return true;
                }
            }
        }
        return false;
    }
}
