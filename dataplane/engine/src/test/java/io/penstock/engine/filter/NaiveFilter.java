package io.penstock.engine.filter;

import java.math.BigInteger;
import java.util.List;

/** What rules allow, rule by rule, in the plainest way. */
record NaiveFilter(List<PacketRule> rules, AddressSet local) {
    /** @param port -1 if the protocol has none */
    boolean allows(Address source, Address destination, int protocol, int port) {
        if (!contains(local, destination)) {
            return false;
        }
        boolean isIcmp = protocol == (source.isV6() ? 58 : 1);
        for (PacketRule rule : rules) {
            List<Integer> protocols = rule.protocols().isEmpty() ? List.of(1, 6, 17, 58) : rule.protocols();
            if (!contains(rule.sources(), source) || !(isIcmp || protocols.contains(protocol))) {
                continue;
            }
            for (PacketRule.Destination to : rule.destinations()) {
                boolean isPort = isIcmp || to.lastPort() - to.firstPort() == 65535;
                if (List.of(6, 17, 132).contains(protocol)) {
                    isPort = port >= to.firstPort() && port <= to.lastPort();
                }
                if (contains(to.addresses(), destination) && isPort) {
                    return true;
                }
            }
        }
        return false;
    }

    static boolean contains(AddressSet set, Address address) {
        BigInteger number = address.number();
        return set.ranges().stream()
                .anyMatch(range -> range.isV6() == address.isV6()
                        && number.compareTo(Address.first(range).number()) >= 0
                        && number.compareTo(Address.last(range).number()) <= 0);
    }

    /** One address. */
    record Address(boolean isV6, long high, long low) {
        static Address first(AddressRange range) {
            return new Address(range.isV6(), range.firstHigh(), range.firstLow());
        }

        static Address last(AddressRange range) {
            return new Address(range.isV6(), range.lastHigh(), range.lastLow());
        }

        BigInteger number() {
            return new BigInteger(Long.toUnsignedString(high))
                    .shiftLeft(64)
                    .add(new BigInteger(Long.toUnsignedString(low)));
        }
    }
}
