package io.penstock.engine.filter;

import java.util.List;

/**
 * One rule of a {@link PacketFilter}: what some sources may open at some destinations. Immutable.
 *
 * @param protocols numbers of IANA's registry; empty: TCP, UDP and ICMP of both families
 */
public record PacketRule(AddressSet sources, List<Destination> destinations, List<Integer> protocols) {
    /** What a rule without protocols means. */
    public static final List<Integer> DEFAULT_PROTOCOLS = List.of(6, 17, 1, 58);

    static final int MAX_PORT = 0xffff;

    /** Ports from {@code firstPort} to {@code lastPort}, both included, at some addresses. */
    public record Destination(AddressSet addresses, int firstPort, int lastPort) {
        public Destination {
            if (firstPort < 0 || lastPort > MAX_PORT || firstPort > lastPort) {
                throw new IllegalArgumentException("ports: " + firstPort + "-" + lastPort);
            }
        }

        boolean isAllPorts() {
            return firstPort == 0 && lastPort == MAX_PORT;
        }
    }

    public PacketRule {
        destinations = List.copyOf(destinations);
        protocols = List.copyOf(protocols);
        for (int protocol : protocols) {
            if (protocol < 0 || protocol > 0xff) {
                throw new IllegalArgumentException("protocol: " + protocol);
            }
        }
    }
}
