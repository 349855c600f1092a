package io.penstock.protocol.policy;

import io.penstock.protocol.message.PortRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Protocols and ports as policy files write them. Errors are IllegalArgumentExceptions, to be told with their place. */
final class Services {
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMP = 1;
    static final int ICMPV6 = 58;
    static final int SCTP = 132;

    private static final int MAX_PORT = 0xffff;
    private static final Map<String, List<Integer>> NAMES = Map.ofEntries(
            Map.entry("tcp", List.of(TCP)),
            Map.entry("udp", List.of(UDP)),
            Map.entry("icmp", List.of(ICMP, ICMPV6)),
            Map.entry("ipv6-icmp", List.of(ICMPV6)),
            Map.entry("igmp", List.of(2)),
            Map.entry("ipv4", List.of(4)),
            Map.entry("ip-in-ip", List.of(4)),
            Map.entry("egp", List.of(8)),
            Map.entry("igp", List.of(9)),
            Map.entry("gre", List.of(47)),
            Map.entry("esp", List.of(50)),
            Map.entry("ah", List.of(51)),
            Map.entry("sctp", List.of(SCTP)));

    private Services() {}

    /** Numbers of a protocol's name or number; {@code *} and nothing mean TCP, UDP and ICMP, an empty list. */
    static List<Integer> protocols(String text) {
        if (text.isEmpty() || text.equals("*")) {
            return List.of();
        }
        List<Integer> named = NAMES.get(text);
        if (named != null) {
            return named;
        }
        int number = number(text, 255);
        if (number < 1) {
            throw new IllegalArgumentException("no protocol: " + text);
        }
        return List.of(number);
    }

    /** {@code *}, {@code 22}, {@code 8000-8080}, or several of them with commas. */
    static List<PortRange> ports(String text) {
        if (text.equals("*")) {
            return List.of(PortRange.ALL);
        }
        List<PortRange> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int hyphen = part.indexOf('-');
            int first = number(hyphen < 0 ? part : part.substring(0, hyphen), MAX_PORT);
            int last = hyphen < 0 ? first : number(part.substring(hyphen + 1), MAX_PORT);
            if (first < 0 || last < first) {
                throw new IllegalArgumentException("no ports: " + text);
            }
            ranges.add(new PortRange(first, last));
        }
        return List.copyOf(ranges);
    }

    /** Ports mean something for these protocols; for others a rule has to have all of them. */
    static boolean haveNoPorts(List<Integer> protocols) {
        return !protocols.isEmpty()
                && protocols.stream().noneMatch(number -> number == TCP || number == UDP || number == SCTP);
    }

    /** Whether a rule for these protocols and ports lets this one through. A port counts only where there are ports. */
    static boolean allow(List<Integer> protocols, List<PortRange> ports, int protocol, int port) {
        boolean protocolFits = protocols.isEmpty()
                ? protocol == TCP || protocol == UDP || protocol == ICMP || protocol == ICMPV6
                : protocols.contains(protocol);
        if (!protocolFits || haveNoPorts(List.of(protocol))) {
            return protocolFits;
        }
        return ports.stream().anyMatch(range -> range.first() <= port && port <= range.last());
    }

    /** A decimal number without signs and leading zeros, or -1. */
    private static int number(String text, int max) {
        if (text.isEmpty() || text.length() > 5 || (text.length() > 1 && text.startsWith("0"))) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = 10 * value + c - '0';
        }
        return value <= max ? value : -1;
    }
}
