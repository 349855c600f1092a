package io.penstock.cli.node;

import io.penstock.cli.TextTable;
import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.protocol.stun.discovery.NatBehaviour;
import io.penstock.protocol.stun.discovery.NatBehaviour.Filtering;
import io.penstock.protocol.stun.discovery.NatBehaviour.Hairpin;
import io.penstock.protocol.stun.discovery.NatBehaviour.Mapping;
import io.penstock.wireguard.Endpoint;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a look found as people read it. Stateless. */
final class NetcheckText {
    private static final double NS_OF_MS = 1e6;

    private NetcheckText() {}

    static void print(NetcheckReport report, DerpMap map, PrintWriter out) {
        line(out, "UDP", report.isUdpOpen() ? "gets through" : "no answer: blocked, or nobody is there");
        line(out, "IPv4", family(report.v4(), true, report.relays().v4().isEmpty()));
        line(
                out,
                "IPv6",
                family(report.v6(), report.hasV6(), report.relays().v6().isEmpty()));
        behaviour(report.v4(), "", out);
        if (report.v6().isOpen()) {
            behaviour(report.v6(), " v6", out);
        }
        line(out, "port mapping", portMap(report.portMap()));
        DerpRegion home = region(map, report.home());
        if (map.regions() != null && !map.regions().isEmpty()) {
            line(out, "relay", home == null ? "none answers" : name(home) + " is preferred");
            out.println();
            regions(report, map, out);
        }
        String advice = advice(report);
        if (!advice.isEmpty()) {
            out.println();
            out.println(advice);
        }
    }

    private static void line(PrintWriter out, String title, String text) {
        out.printf(Locale.ROOT, "%-14s %s%n", title, text);
    }

    private static String family(NatBehaviour found, boolean hasAddress, boolean isUnmeasured) {
        if (!hasAddress) {
            return "this host has no address";
        }
        if (!found.isOpen()) {
            return !isUnmeasured ? "works" : found.asked() == 0 ? "no server was asked" : "no answer";
        }
        String seen = found.mapped().stream().map(Endpoint::toString).collect(Collectors.joining(", "));
        return "seen at " + seen + (found.isTranslated() ? "" : ", not translated");
    }

    private static void behaviour(NatBehaviour found, String suffix, PrintWriter out) {
        if (!found.isOpen()) {
            return;
        }
        line(out, "mapping" + suffix, mapping(found));
        line(out, "filtering" + suffix, filtering(found));
        if (found.isTranslated()) {
            line(out, "hairpin" + suffix, hairpin(found.hairpin()));
        }
    }

    private static String mapping(NatBehaviour found) {
        String means =
                switch (found.mapping()) {
                    case ENDPOINT_INDEPENDENT -> ": the same address for all destinations";
                    case ADDRESS_DEPENDENT -> ": another port for each address";
                    case ADDRESS_AND_PORT_DEPENDENT -> ": another port for each address and port";
                    case DESTINATION_DEPENDENT -> ": servers see different addresses";
                    case UNKNOWN -> ": it takes two servers, or one with two addresses (--stun)";
                };
        return found.mapping().title() + means;
    }

    private static String filtering(NatBehaviour found) {
        String means =
                switch (found.filtering()) {
                    case ENDPOINT_INDEPENDENT -> ": anybody is let in";
                    case ADDRESS_DEPENDENT -> ": whoever was sent to is let in, from any port";
                    case ADDRESS_AND_PORT_DEPENDENT -> ": only answers are let in";
                    case UNKNOWN ->
                        found.judge() == null
                                ? ": it takes a server with two addresses (--stun)"
                                : ": the second address of " + found.judge() + " does not answer";
                };
        return found.filtering().title() + means;
    }

    private static String hairpin(Hairpin hairpin) {
        return switch (hairpin) {
            case YES -> "yes: hosts behind it reach each other at their outer addresses";
            case NO -> "no";
            case UNKNOWN -> "unknown";
        };
    }

    private static String portMap(@Nullable PortMapView view) {
        if (view == null) {
            return "no router was asked";
        }
        String there = Stream.of(PortMapKind.values())
                .filter(view.there()::contains)
                .map(PortMapKind::title)
                .collect(Collectors.joining(", "));
        return there.isEmpty() ? "the router speaks none of PCP, NAT-PMP and UPnP" : there;
    }

    private static @Nullable DerpRegion region(DerpMap map, int id) {
        return map.regions() == null ? null : map.regions().get(id);
    }

    private static String name(DerpRegion region) {
        String name = printable(region.regionName());
        String code = printable(region.regionCode());
        return name.isEmpty() || name.equals(code) ? code : code + " (" + name + ")";
    }

    /** Without what a terminal would obey: names come from a file, or from a server. */
    private static String printable(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** The nearest first, those that did not answer last. */
    private static void regions(NetcheckReport report, DerpMap map, PrintWriter out) {
        Map<Integer, Long> best = report.relays().latencies();
        Map<Integer, DerpRegion> all = map.regions() == null ? Map.of() : new TreeMap<>(map.regions());
        List<List<String>> rows = new ArrayList<>();
        all.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> best.getOrDefault(entry.getKey(), Long.MAX_VALUE)))
                .forEach(entry -> rows.add(List.of(
                        entry.getKey() == report.home() ? "*" : "",
                        Integer.toString(entry.getKey()),
                        name(entry.getValue()),
                        latency(report.relays().v4().get(entry.getKey())),
                        latency(report.relays().v6().get(entry.getKey())),
                        latency(report.relays().connect().get(entry.getKey())))));
        TextTable.print(List.of("", "REGION", "NAME", "IPV4", "IPV6", "HTTPS"), rows, out);
    }

    private static String latency(@Nullable Long ns) {
        return ns == null ? "-" : String.format(Locale.ROOT, "%.1f ms", ns / NS_OF_MS);
    }

    /** What it means for direct paths, in one line. */
    private static String advice(NetcheckReport report) {
        if (report.isCutOff()) {
            return "Nothing answers: is this host connected, and does its firewall let UDP and TCP port 443 out?";
        }
        if (!report.isUdpOpen()) {
            return "Without UDP all traffic goes through relays: let it out to any port, or at least to 3478.";
        }
        boolean maps = report.portMap() != null && !report.portMap().there().isEmpty();
        boolean isHard = report.v4().isOpen()
                && report.v4().mapping() != Mapping.ENDPOINT_INDEPENDENT
                && report.v4().mapping() != Mapping.UNKNOWN;
        if (isHard && maps) {
            return "Peers cannot know the port of the next destination; the router maps one on request, which makes up for it.";
        }
        if (isHard) {
            return "Peers cannot know the port of the next destination: direct paths only to those whose routers do not look"
                    + " at ports, or by IPv6. A port mapping, or a forward, makes up for it.";
        }
        if (report.v4().isOpen()
                && report.v4().mapping() == Mapping.ENDPOINT_INDEPENDENT
                && report.v4().filtering() == Filtering.ADDRESS_AND_PORT_DEPENDENT
                && !maps) {
            return "Direct paths to everybody but those with another port for each destination.";
        }
        return "";
    }
}
