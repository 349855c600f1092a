package io.penstock.bench;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.filter.AddressRange;
import io.penstock.engine.filter.AddressSet;
import io.penstock.engine.filter.InboundFilter;
import io.penstock.engine.filter.OutboundFlows;
import io.penstock.engine.filter.PacketFilter;
import io.penstock.engine.filter.PacketRule;
import io.penstock.engine.offload.InnerPacket;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Each rule lets a few nodes reach a few ports of one host out of 250. Of the packets that open something half are allowed. The baseline is
 * the source check that every packet pays anyway. {@code run}: packets of one flow, one after the other; {@code answer}: of 4,096 flows
 * in turn that were begun here; {@code opening}: each opens another connection, and is judged by the rules; {@code linear}: the same with the
 * rules read one by one; {@code out}: what a packet of the interface pays.
 */
@Question(value = "What does the packet filter cost a packet?", baseline = "unfiltered", unit = "packet")
@PacketPath(except = "linear")
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls setUp
public class FilterBench {
    private static final int PACKETS = 4096;
    private static final int STRIDE = 64;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;
    private static final int HOSTS = 250;
    private static final int NODES = 1 << 16;
    private static final long NET6 = 0xfd7a_115c_a1e0_0000L;

    @Param({"10", "1000", "10000"})
    public int rules;

    @Param({"4", "6"})
    public int family;

    private final UnsafeBuffer openings = packets();
    private final UnsafeBuffer answers = packets();
    private final UnsafeBuffer datagrams = packets();
    private final AllowedIps allowedIps = new AllowedIps();
    private final Peer peer = new Peer(PublicKey.of(new byte[32]), 0);
    private final InboundFilter inbound = new InboundFilter(allowedIps);
    private final OutboundFlows outbound = new OutboundFlows();
    private final List<PacketRule> table = new ArrayList<>();
    private final long nowNs = System.nanoTime();
    private boolean isV6;
    private int length;
    private int next;

    private static UnsafeBuffer packets() {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(PACKETS * STRIDE, 64));
    }

    @Setup(Level.Trial)
    public void setUp() {
        isV6 = family == 6;
        length = isV6 ? 60 : 40;
        allowedIps.insert(isV6 ? Prefix.v6(NET6, 0, 48) : Prefix.v4(0x64400000, 10), peer);
        Random random = new Random(rules);
        for (int i = 0; i < rules; i++) {
            table.add(rule(random));
        }
        AddressSet local =
                AddressSet.of(List.of(AddressRange.of(isV6 ? Prefix.v6(NET6 + 1, 0, 64) : Prefix.v4(0x0a010000, 16))));
        ActiveFilter filter = ActiveFilter.first(PacketFilter.compile(table, local), random, nowNs);
        inbound.use(filter);
        outbound.use(filter);
        inbound.begin(nowNs);
        fill(random);
        check();
    }

    private PacketRule rule(Random random) {
        List<AddressRange> sources = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            int bits = random.nextInt(10) == 0 ? random.nextInt(9) : 0;
            int node = random.nextInt(NODES);
            sources.add(AddressRange.of(
                    isV6 ? Prefix.v6(NET6, node, 128 - bits) : Prefix.v4(0x64400000 + node, 32 - bits)));
        }
        int host = random.nextInt(HOSTS);
        AddressSet destination = AddressSet.of(
                List.of(AddressRange.of(isV6 ? Prefix.v6(NET6 + 1, host, 128) : Prefix.v4(0x0a010000 + host, 32))));
        int port = random.nextInt(60_000);
        return new PacketRule(
                AddressSet.of(sources),
                List.of(new PacketRule.Destination(destination, port, port + random.nextInt(1, 100))),
                List.of());
    }

    private void fill(Random random) {
        for (int i = 0; i < PACKETS; i++) {
            PacketRule rule = table.get(random.nextInt(rules));
            AddressRange source = rule.sources().ranges().getFirst();
            PacketRule.Destination to = rule.destinations().getFirst();
            long host = to.addresses().ranges().getFirst().firstLow();
            int port = i % 2 == 0 ? to.firstPort() : 61_000 + i % 1000;
            put(openings, i, source.firstLow(), host, TCP, 4000 + i, port, SYN);
            put(answers, i, source.firstLow(), host, UDP, 53, 4000 + i, ACK);
            putOutbound(i, source.firstLow(), host, 4000 + i);
            outbound.onPacket(datagrams, i * STRIDE, length, nowNs);
        }
    }

    private void put(
            UnsafeBuffer to, int i, long source, long host, int protocol, int sourcePort, int port, int flags) {
        int at = i * STRIDE;
        addresses(to, at, NET6, source, NET6 + 1, host, protocol);
        int transport = at + length - 20;
        to.putShort(transport, (short) sourcePort, BIG_ENDIAN);
        to.putShort(transport + 2, (short) port, BIG_ENDIAN);
        to.putByte(transport + 12, (byte) 0x50);
        to.putByte(transport + 13, (byte) flags);
    }

    private void putOutbound(int i, long source, long host, int port) {
        int at = i * STRIDE;
        addresses(datagrams, at, NET6 + 1, host, NET6, source, UDP);
        int transport = at + length - 20;
        datagrams.putShort(transport, (short) port, BIG_ENDIAN);
        datagrams.putShort(transport + 2, (short) 53, BIG_ENDIAN);
    }

    private void addresses(
            UnsafeBuffer to, int at, long fromHigh, long fromLow, long toHigh, long toLow, int protocol) {
        if (isV6) {
            to.putByte(at, (byte) 0x60);
            to.putShort(at + 4, (short) 20, BIG_ENDIAN);
            to.putByte(at + 6, (byte) protocol);
            to.putLong(at + 8, fromHigh, BIG_ENDIAN);
            to.putLong(at + 16, fromLow, BIG_ENDIAN);
            to.putLong(at + 24, toHigh, BIG_ENDIAN);
            to.putLong(at + 32, toLow, BIG_ENDIAN);
        } else {
            to.putByte(at, (byte) 0x45);
            to.putShort(at + 2, (short) length, BIG_ENDIAN);
            to.putByte(at + 9, (byte) protocol);
            to.putInt(at + 12, (int) fromLow, BIG_ENDIAN);
            to.putInt(at + 16, (int) toLow, BIG_ENDIAN);
        }
    }

    private void check() {
        int allowed = 0;
        for (int i = 0; i < PACKETS; i++) {
            boolean isAllowed = inbound.refusal(openings, i * STRIDE, length, peer) == null;
            allowed += isAllowed ? 1 : 0;
            if (i < 200 && isAllowed != linear(i)) {
                throw new IllegalStateException("judged otherwise");
            }
            if (inbound.refusal(answers, i * STRIDE, length, peer) != null) {
                throw new IllegalStateException("an answer was refused");
            }
        }
        if (allowed < PACKETS * 2 / 5 || allowed > PACKETS * 3 / 5) {
            throw new IllegalStateException(allowed + " allowed");
        }
    }

    private int turn() {
        return (next++ & PACKETS - 1) * STRIDE;
    }

    private boolean isFromPeer(UnsafeBuffer of, int at) {
        Peer owner = isV6
                ? allowedIps.lookup6(InnerPacket.sourceHigh(of, at), InnerPacket.sourceLow(of, at))
                : allowedIps.lookup4(InnerPacket.source4(of, at));
        return owner == peer;
    }

    @Benchmark
    public boolean unfiltered() {
        return isFromPeer(answers, turn());
    }

    @Benchmark
    public @Nullable DropReason run() {
        turn();
        return isFromPeer(answers, 0) ? inbound.refusal(answers, 0, length, peer) : DropReason.SOURCE_NOT_ALLOWED;
    }

    @Benchmark
    public @Nullable DropReason answer() {
        int at = turn();
        return isFromPeer(answers, at) ? inbound.refusal(answers, at, length, peer) : DropReason.SOURCE_NOT_ALLOWED;
    }

    @Benchmark
    public @Nullable DropReason opening() {
        int at = turn();
        return isFromPeer(openings, at) ? inbound.refusal(openings, at, length, peer) : DropReason.SOURCE_NOT_ALLOWED;
    }

    @Benchmark
    public boolean linear() {
        int at = turn();
        return isFromPeer(openings, at) && linear(at / STRIDE);
    }

    @Benchmark
    public void out() {
        outbound.onPacket(datagrams, turn(), length, nowNs);
    }

    private boolean linear(int i) {
        int at = i * STRIDE;
        long source =
                isV6 ? InnerPacket.sourceLow(openings, at) : Integer.toUnsignedLong(InnerPacket.source4(openings, at));
        long host = isV6
                ? InnerPacket.destinationLow(openings, at)
                : Integer.toUnsignedLong(InnerPacket.destination4(openings, at));
        int port = openings.getShort(at + length - 18, BIG_ENDIAN) & 0xffff;
        for (int rule = 0; rule < table.size(); rule++) {
            PacketRule.Destination to = table.get(rule).destinations().getFirst();
            if (contains(table.get(rule).sources(), source)
                    && contains(to.addresses(), host)
                    && port >= to.firstPort()
                    && port <= to.lastPort()) {
                return true;
            }
        }
        return false;
    }

    /** Of sets in networks that differ in the lower half only. */
    private static boolean contains(AddressSet set, long low) {
        List<AddressRange> ranges = set.ranges();
        for (int i = 0; i < ranges.size(); i++) {
            if (low >= ranges.get(i).firstLow() && low <= ranges.get(i).lastLow()) {
                return true;
            }
        }
        return false;
    }
}
