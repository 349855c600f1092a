package io.penstock.engine.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.Seed;
import io.penstock.engine.filter.NaiveFilter.Address;
import io.penstock.engine.filter.NaiveGate.Packet;
import io.penstock.wireguard.DropReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random traffic under random rules that change, judged by the filter and by its naive twin; and hostile bytes. */
class FilterTwinTest {
    private static final int[] FLAGS = {0x02, 0x12, 0x10, 0x10, 0x10, 0x18, 0x11, 0x04, 0x14};
    private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 17, 132, 47, 99};
    private static final int STEPS = 4_000;

    @Test
    void judgesAsItsTwinWhileRulesChangeAndTimePasses() {
        Map<DropReason, Integer> refused = new EnumMap<>(DropReason.class);
        Seed.run(random -> {
            for (int round = 0; round < 20; round++) {
                run(random, refused);
            }
            for (DropReason reason : List.of(
                    DropReason.FILTERED_DESTINATION, DropReason.FILTERED_NO_RULE, DropReason.FILTERED_REVOKED)) {
                assertTrue(refused.getOrDefault(reason, 0) > 100, () -> "shows little: " + refused);
            }
        });
    }

    private static void run(Random random, Map<DropReason, Integer> refused) {
        RandomRules choice = new RandomRules(random);
        AddressSet local = unicast(choice.set(6));
        List<PacketRule> rules = choice.rules(random.nextInt(8));
        FilterUnderTest filter = new FilterUnderTest(PacketFilter.compile(rules, local));
        NaiveGate twin = new NaiveGate(new NaiveFilter(rules, local));
        List<Packet> seen = new ArrayList<>(); // as they come in
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(40)) {
                case 0 -> {
                    List<PacketRule> others = choice.rules(random.nextInt(8));
                    filter.replace(PacketFilter.compile(others, local));
                    twin.replace(new NaiveFilter(others, local));
                }
                case 1 -> {
                    long seconds = random.nextBoolean() ? 60 : 400 + random.nextInt(2) * 5_000;
                    filter.pass(seconds);
                    twin.pass(seconds);
                }
                case 2, 3, 4, 5, 6, 7, 8, 9 -> {
                    Packet packet = packet(random, choice, seen).reversed();
                    filter.out(bytes(packet));
                    twin.out(packet);
                }
                default -> {
                    Packet packet = packet(random, choice, seen);
                    for (int times = random.nextInt(1, 3); times > 0; times--) {
                        DropReason expected = twin.in(packet);
                        int at = step;
                        assertEquals(expected, filter.in(bytes(packet)), () -> "step " + at + ": " + packet);
                        if (expected != null) {
                            refused.merge(expected, 1, Integer::sum);
                        }
                    }
                }
            }
        }
    }

    private static AddressSet unicast(AddressSet set) {
        return set.minus(FilterUnderTest.set("224.0.0.0/4", "169.254.0.0/16", "fe80::/10", "ff00::/8"));
    }

    /** One that was seen before, often: flows have to meet. */
    private static Packet packet(Random random, RandomRules choice, List<Packet> seen) {
        if (!seen.isEmpty() && random.nextInt(3) > 0) {
            Packet before = seen.get(random.nextInt(seen.size()));
            return new Packet(
                    before.source(),
                    before.destination(),
                    before.protocol(),
                    before.sourcePort(),
                    before.destinationPort(),
                    before.protocol() == 6 ? FLAGS[random.nextInt(FLAGS.length)] : 0);
        }
        Address source = choice.address();
        Address destination = choice.address();
        while (destination.isV6() != source.isV6()) {
            destination = choice.address();
        }
        int protocol = PROTOCOLS[random.nextInt(PROTOCOLS.length)];
        boolean hasPorts = PortSet.hasPorts(protocol);
        Packet packet = new Packet(
                source,
                destination,
                protocol,
                hasPorts ? choice.port() : 0,
                hasPorts ? choice.port() : 0,
                protocol == 6 ? FLAGS[random.nextInt(FLAGS.length)] : 0);
        seen.add(packet);
        return packet;
    }

    private static byte[] bytes(Packet packet) {
        byte[] payload =
                switch (packet.protocol()) {
                    case 6 -> FilterPacket.tcpHeader(packet.sourcePort(), packet.destinationPort(), packet.tcpFlags());
                    case 17 -> FilterPacket.udpHeader(packet.sourcePort(), packet.destinationPort());
                    default ->
                        ByteBuffer.allocate(16)
                                .putShort((short) packet.sourcePort())
                                .putShort((short) packet.destinationPort())
                                .array();
                };
        Address source = packet.source();
        Address destination = packet.destination();
        return source.isV6()
                ? FilterPacket.ip6(
                        new long[] {source.high(), source.low()},
                        new long[] {destination.high(), destination.low()},
                        packet.protocol(),
                        payload)
                : FilterPacket.ip4((int) source.low(), (int) destination.low(), packet.protocol(), 0, payload);
    }

    /** The buffer ends where the packet does, so that a read beyond it is an error. */
    @Test
    void neverReadsBeyondAPacketWhateverIsInIt() {
        Seed.run(random -> {
            FilterUnderTest filter = FilterUnderTest.of(FilterUnderTest.rule(0, 65535));
            int letIn = 0;
            for (int i = 0; i < 300_000; i++) {
                byte[] packet = hostile(random);
                if (filter.inAtTheEnd(packet) == null) {
                    letIn++;
                }
            }
            int share = letIn / 3_000;
            assertTrue(share >= 1 && share < 60, () -> share + " % let in: shows little");
        });
    }

    private static byte[] hostile(Random random) {
        boolean isV6 = random.nextBoolean();
        byte[] packet = new byte[(isV6 ? 40 : 20) + random.nextInt(80)];
        random.nextBytes(packet);
        if (isV6) {
            ByteBuffer.wrap(packet)
                    .put(0, (byte) (0x60 | random.nextInt(16)))
                    .putShort(4, (short) (packet.length - 40))
                    .put(6, (byte) extensionOrTransport(random))
                    .putLong(8, 0xfd00L << 48)
                    .putLong(16, 2)
                    .putLong(24, 0xfd00L << 48)
                    .putLong(32, 1);
            for (int at = 40; at < packet.length; at += 8) {
                if (random.nextBoolean()) {
                    packet[at] = (byte) extensionOrTransport(random);
                }
                if (at + 1 < packet.length && random.nextInt(3) > 0) {
                    packet[at + 1] = (byte) random.nextInt(3);
                }
            }
        } else {
            ByteBuffer.wrap(packet)
                    .put(0, (byte) (0x40 | (random.nextBoolean() ? 5 : random.nextInt(16))))
                    .putShort(2, (short) packet.length)
                    .putShort(6, (short) (random.nextInt(4) > 0 ? 0 : random.nextInt(65536)))
                    .put(9, (byte) extensionOrTransport(random))
                    .putInt(12, 0x0a090002)
                    .putInt(16, 0x0a090001);
        }
        return packet;
    }

    private static int extensionOrTransport(Random random) {
        int[] known = {0, 43, 44, 51, 60, 6, 17, 1, 58, 132, 99, 2, 59};
        return known[random.nextInt(known.length)];
    }
}
