package io.penstock.engine.filter;

import io.penstock.engine.filter.NaiveFilter.Address;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rules and addresses that often have to do with each other: few networks, nested and overlapping ranges, edges of all kinds. */
final class RandomRules {
    private static final int[] PROTOCOLS = {6, 17, 1, 58, 132, 47, 0, 99, 255};

    private final Random random;
    private final List<Address> seen = new ArrayList<>(); // edges of ranges

    RandomRules(Random random) {
        this.random = random;
    }

    List<PacketRule> rules(int count) {
        List<PacketRule> rules = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<PacketRule.Destination> destinations = new ArrayList<>();
            for (int d = random.nextInt(1, 4); d > 0; d--) {
                int first = random.nextInt(4) == 0 ? 0 : port();
                int last = first == 0 && random.nextBoolean() ? 65535 : random.nextInt(first, 65536);
                destinations.add(new PacketRule.Destination(set(random.nextInt(1, 3)), first, last));
            }
            List<Integer> protocols = new ArrayList<>();
            for (int p = random.nextInt(3); p > 0; p--) {
                protocols.add(protocol());
            }
            rules.add(new PacketRule(set(random.nextInt(1, 5)), destinations, protocols));
        }
        return rules;
    }

    AddressSet set(int ranges) {
        List<AddressRange> chosen = new ArrayList<>();
        for (int i = 0; i < ranges; i++) {
            chosen.add(range());
        }
        return AddressSet.of(chosen);
    }

    AddressRange range() {
        AddressRange range =
                switch (random.nextInt(12)) {
                    case 0 -> AddressRange.ALL_V4;
                    case 1 -> AddressRange.ALL_V6;
                    case 2, 3, 4 -> between(address(), address());
                    default -> {
                        Address address = address();
                        yield AddressRange.of(new Prefix(
                                address.isV6(),
                                address.high(),
                                address.low(),
                                random.nextInt(16, address.isV6() ? 129 : 33)));
                    }
                };
        seen.add(Address.first(range));
        seen.add(Address.last(range));
        return range;
    }

    private static AddressRange between(Address a, Address b) {
        if (a.isV6() != b.isV6()) {
            return new AddressRange(a.isV6(), a.high(), a.low(), a.high(), a.low());
        }
        boolean inOrder = AddressRange.compare(a.high(), a.low(), b.high(), b.low()) <= 0;
        Address first = inOrder ? a : b;
        Address last = inOrder ? b : a;
        return new AddressRange(a.isV6(), first.high(), first.low(), last.high(), last.low());
    }

    Address address() {
        if (!seen.isEmpty() && random.nextInt(3) == 0) {
            return beside(seen.get(random.nextInt(seen.size())));
        }
        return random.nextBoolean()
                ? new Address(false, 0, 0x0a000000L | random.nextInt(4) << 8 | random.nextInt(4))
                : new Address(true, 0xfd00_0000_0000_0000L | random.nextInt(3), random.nextInt(3) - 1);
    }

    private Address beside(Address edge) {
        long step = random.nextInt(-1, 2);
        if (!edge.isV6()) {
            return new Address(false, 0, edge.low() + step & 0xffff_ffffL);
        }
        long low = edge.low() + step;
        long carry = step == 1 && low == 0 ? 1 : step == -1 && edge.low() == 0 ? -1 : 0;
        return new Address(true, edge.high() + carry, low);
    }

    int port() {
        return random.nextInt(8) == 0 ? random.nextInt(65536) : random.nextInt(1, 6);
    }

    int protocol() {
        return PROTOCOLS[random.nextInt(PROTOCOLS.length)];
    }
}
