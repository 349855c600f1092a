package io.penstock.engine.filter;

import io.penstock.engine.offload.InnerPacket;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** The two ends of a lane's filter, stepped by hand: what goes out, what comes in, and the time. */
final class FilterUnderTest {
    private static final int AT = 64; // offset of packets in the buffer

    final AllowedIps allowedIps = new AllowedIps();
    final Peer peer = new Peer(PublicKey.of(new byte[32]), 0);
    final Peer other = new Peer(PublicKey.of(new byte[32]), 1);
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(AT + 70_000));
    private final InboundFilter inbound = new InboundFilter(allowedIps);
    private final OutboundFlows outbound = new OutboundFlows();
    private ActiveFilter active;
    private long nowNs = Long.MAX_VALUE - 5_000_000_000L; // the clock may wrap

    FilterUnderTest(PacketFilter rules) {
        active = ActiveFilter.first(rules, new Random(1), nowNs);
        use();
    }

    /** What packets may be for: an address of each family, and a network behind this node. */
    static AddressSet local() {
        return set(
                "10.9.0.1/32",
                "fd00::1/128",
                "192.168.7.0/24",
                "169.254.0.0/16",
                "224.0.0.0/4",
                "fe80::/10",
                "ff00::/8");
    }

    static AddressSet set(String... prefixes) {
        return AddressSet.of(Arrays.stream(prefixes)
                .map(text -> AddressRange.of(Prefix.parse(text)))
                .toList());
    }

    /** A rule for all addresses of the peer, to all of ours. */
    static PacketRule rule(int firstPort, int lastPort, Integer... protocols) {
        return new PacketRule(
                set("10.9.0.0/24", "fd00::/64"),
                List.of(new PacketRule.Destination(set("0.0.0.0/0", "::/0"), firstPort, lastPort)),
                List.of(protocols));
    }

    static FilterUnderTest of(PacketRule... rules) {
        return new FilterUnderTest(PacketFilter.compile(List.of(rules), local()));
    }

    void replace(PacketRule... rules) {
        replace(PacketFilter.compile(List.of(rules), local()));
    }

    void replace(PacketFilter rules) {
        active = active.with(rules);
        use();
    }

    /** Another process with the same rules: nothing is remembered. */
    void restart() {
        active = ActiveFilter.first(active.rules, new Random(2), nowNs);
        use();
    }

    private void use() {
        inbound.use(active);
        outbound.use(active);
        inbound.begin(nowNs);
    }

    void pass(long seconds) {
        nowNs += TimeUnit.SECONDS.toNanos(seconds);
        inbound.begin(nowNs);
    }

    /** What becomes of a packet from the peer: null if it is let in. */
    @Nullable DropReason in(byte[] packet) {
        buffer.putBytes(AT, packet);
        int length = InnerPacket.trimmedLength(buffer, AT, packet.length);
        return length < 0 ? DropReason.INNER_MALFORMED : inbound.refusal(buffer, AT, length, peer);
    }

    /** As {@link #in}, with nothing behind the packet but what must not be read. */
    @Nullable DropReason inAtTheEnd(byte[] packet) {
        UnsafeBuffer exact = new UnsafeBuffer(packet);
        int length = InnerPacket.trimmedLength(exact, 0, packet.length);
        if (length < 0) {
            throw new AssertionError("not what was meant");
        }
        outbound.onPacket(exact, 0, length, nowNs);
        return inbound.refusal(exact, 0, length, peer);
    }

    void out(byte[] packet) {
        buffer.putBytes(AT, packet);
        outbound.onPacket(buffer, AT, packet.length, nowNs);
    }

    /** For measuring: the same packet in and out again and again. */
    boolean again(byte[] packet) {
        outbound.onPacket(buffer, AT, packet.length, nowNs);
        return inbound.refusal(buffer, AT, packet.length, peer) == null;
    }
}
