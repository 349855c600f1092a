package io.penstock.node.filter;

import io.penstock.engine.filter.AddressRange;
import io.penstock.engine.filter.AddressSet;
import io.penstock.engine.filter.PacketFilter;
import io.penstock.engine.filter.PacketRule;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PortRange;
import io.penstock.protocol.message.PortsOfAddress;
import io.penstock.wireguard.route.Prefix;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Compiles the filter rules of a network map. A part of a rule that is not understood is left out, so that a rule allows less than was
 * meant, never more; whoever calls is told. Stateless.
 */
public final class FilterCompiler {
    private static final Logger LOG = System.getLogger(FilterCompiler.class.getName());

    /** A source that stands for the nodes with a capability. */
    public static final String CAPABILITY = "cap:";

    private static final int MAX_PROTOCOL = 0xff;
    private static final int MAX_TOLD = 5;

    /**
     * As {@link #compile(List, AddressSet, Function, Consumer)}; what was left out is logged.
     *
     * @param local what packets may be for at all, see {@link LocalAddresses}
     * @param addressesOf the addresses of all nodes that have a capability
     */
    public static PacketFilter compile(
            List<FilterRule> rules, AddressSet local, Function<String, List<Prefix>> addressesOf) {
        List<String> oddities = new ArrayList<>();
        PacketFilter filter = compile(rules, local, addressesOf, oddities::add);
        if (!oddities.isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "the coordinator''s packet filter has {0} parts that are ignored: {1}",
                    Integer.toString(oddities.size()),
                    String.join("; ", oddities.subList(0, Math.min(MAX_TOLD, oddities.size()))));
        }
        return filter;
    }

    /**
     * Compiles rules.
     *
     * @param local what packets may be for at all, see {@link LocalAddresses}
     * @param addressesOf the addresses of all nodes that have a capability
     * @param onOddity is told of each part that was left out, and why
     */
    public static PacketFilter compile(
            List<FilterRule> rules,
            AddressSet local,
            Function<String, List<Prefix>> addressesOf,
            Consumer<String> onOddity) {
        List<PacketRule> compiled = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            FilterRule rule = rules.get(i);
            if (rule.dstPorts().isEmpty()) {
                continue; // capabilities only
            }
            String where = "rule " + i + ": ";
            Consumer<String> ofRule = oddity -> onOddity.accept(where + oddity);
            List<Integer> protocols = protocols(rule, ofRule);
            if (protocols.isEmpty() && !rule.ipProto().isEmpty()) {
                continue; // none is not all
            }
            AddressSet sources = sources(rule, addressesOf, ofRule);
            List<PacketRule.Destination> destinations = destinations(rule, ofRule);
            if (!sources.isEmpty() && !destinations.isEmpty()) {
                compiled.add(new PacketRule(sources, destinations, protocols));
            }
        }
        return PacketFilter.compile(compiled, local);
    }

    private static List<Integer> protocols(FilterRule rule, Consumer<String> onOddity) {
        List<Integer> protocols = new ArrayList<>();
        for (int protocol : rule.ipProto()) {
            if (protocol >= 0 && protocol <= MAX_PROTOCOL) {
                protocols.add(protocol);
            } else {
                onOddity.accept("no IP protocol has the number " + protocol);
            }
        }
        return protocols;
    }

    private static AddressSet sources(
            FilterRule rule, Function<String, List<Prefix>> addressesOf, Consumer<String> onOddity) {
        List<AddressRange> ranges = new ArrayList<>();
        for (String text : rule.srcIps()) {
            if (text.startsWith(CAPABILITY)) {
                addressesOf
                        .apply(text.substring(CAPABILITY.length()))
                        .forEach(address -> ranges.add(AddressRange.of(address)));
            } else {
                ranges.addAll(ranges(text, onOddity));
            }
        }
        return AddressSet.of(ranges);
    }

    private static List<PacketRule.Destination> destinations(FilterRule rule, Consumer<String> onOddity) {
        List<PacketRule.Destination> destinations = new ArrayList<>();
        for (PortsOfAddress destination : rule.dstPorts()) {
            PortRange ports = destination.ports();
            if (ports.first() < 0 || ports.last() > PortRange.ALL.last() || ports.first() > ports.last()) {
                onOddity.accept("no ports: " + ports.first() + "-" + ports.last());
                continue;
            }
            List<AddressRange> ranges = ranges(destination.ip(), onOddity);
            if (!ranges.isEmpty()) {
                destinations.add(new PacketRule.Destination(AddressSet.of(ranges), ports.first(), ports.last()));
            }
        }
        return destinations;
    }

    /** The addresses that a rule's text means; none, and a word about it, if it means none. */
    static List<AddressRange> ranges(String text, Consumer<String> onOddity) {
        try {
            return AddressText.parse(text);
        } catch (IllegalArgumentException e) {
            onOddity.accept("no addresses: \"" + printable(text) + "\"");
            return List.of();
        }
    }

    /** A coordinator's text in a log, short and on one line. */
    private static String printable(String text) {
        String oneLine = text.replaceAll("[^\\x20-\\x7e]", "?");
        return oneLine.length() <= 60 ? oneLine : oneLine.substring(0, 60) + "…";
    }

    private FilterCompiler() {}
}
