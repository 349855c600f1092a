package io.penstock.bench;

import inet.ipaddr.ipv4.IPv4Address;
import inet.ipaddr.ipv4.IPv4AddressAssociativeTrie;
import inet.ipaddr.ipv6.IPv6Address;
import inet.ipaddr.ipv6.IPv6AddressAssociativeTrie;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import io.penstock.wireguard.route.OwnerCache;
import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Random prefixes; of the addresses half lie in one of them. The library (IPAddress) gets its addresses as objects made before, which
 * a packet path could not.
 */
@Question(value = "How long does it take to find the peer of an address?", baseline = "naive", unit = "look-up")
@PacketPath(except = {"naive", "library"})
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls setUp
public class RouteBench {
    private static final int ADDRESSES = 4096;
    private static final int PEERS = 64;
    private static final int CHECKED = 200;

    @Param({"10", "1000", "100000"})
    public int prefixes;

    @Param({"4", "6"})
    public int family;

    private final long[] high = new long[ADDRESSES];
    private final long[] low = new long[ADDRESSES];
    private boolean isV6;
    private AllowedIps trie;
    private OwnerCache cache;
    private NaiveRoutes naive;
    private IPv4AddressAssociativeTrie<Peer> library4;
    private IPv6AddressAssociativeTrie<Peer> library6;
    private IPv4Address[] addresses4;
    private IPv6Address[] addresses6;
    private int next;

    @Setup(Level.Trial)
    public void setUp(BenchmarkParams benchmark) {
        isV6 = family == 6;
        Random random = new Random(prefixes);
        List<Prefix> table = new ArrayList<>(prefixes(random));
        List<Peer> owners = new ArrayList<>();
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            peers.add(new Peer(PublicKey.of(new byte[32]), i));
        }
        table.forEach(prefix -> owners.add(peers.get(random.nextInt(PEERS))));
        trie = new AllowedIps();
        for (int i = 0; i < table.size(); i++) {
            trie.insert(table.get(i), owners.get(i));
        }
        cache = new OwnerCache(trie);
        naive = new NaiveRoutes(table, owners);
        chooseAddresses(random, table);
        boolean usesLibrary = benchmark.getBenchmark().endsWith(".library");
        if (usesLibrary) {
            fillLibrary(table, owners);
        }
        for (int i = 0; i < CHECKED; i++) {
            Peer expected = naive(i);
            if (trie(i) != expected || (usesLibrary && library(i) != expected)) {
                throw new IllegalStateException("the tables differ");
            }
        }
    }

    private Set<Prefix> prefixes(Random random) {
        Set<Prefix> chosen = new LinkedHashSet<>();
        while (chosen.size() < prefixes) {
            chosen.add(
                    isV6
                            ? Prefix.v6(0x2000_0000_0000_0000L | random.nextLong() >>> 3, 0, 32 + random.nextInt(33))
                            : Prefix.v4(random.nextInt(), 12 + random.nextInt(17)));
        }
        return chosen;
    }

    private void fillLibrary(List<Prefix> table, List<Peer> owners) {
        library4 = new IPv4AddressAssociativeTrie<>();
        library6 = new IPv6AddressAssociativeTrie<>();
        for (int i = 0; i < table.size(); i++) {
            Prefix prefix = table.get(i);
            if (isV6) {
                library6.put(
                        new IPv6Address(bytes(prefix.high(), prefix.low()), prefix.length()).toPrefixBlock(),
                        owners.get(i));
            } else {
                library4.put(new IPv4Address((int) prefix.low(), prefix.length()).toPrefixBlock(), owners.get(i));
            }
        }
    }

    private void chooseAddresses(Random random, List<Prefix> table) {
        addresses4 = new IPv4Address[ADDRESSES];
        addresses6 = new IPv6Address[ADDRESSES];
        for (int i = 0; i < ADDRESSES; i++) {
            Prefix prefix = table.get(random.nextInt(table.size()));
            long noise = random.nextLong();
            if (isV6) {
                long host = prefix.length() == 64 ? 0 : noise >>> prefix.length();
                high[i] = i % 2 == 0 ? prefix.high() | host : noise;
                low[i] = random.nextLong();
                addresses6[i] = new IPv6Address(bytes(high[i], low[i]));
            } else {
                int host = (int) noise >>> prefix.length();
                low[i] = (i % 2 == 0 ? (int) prefix.low() | host : (int) noise) & 0xffff_ffffL;
                addresses4[i] = new IPv4Address((int) low[i]);
            }
        }
    }

    private static byte[] bytes(long high, long low) {
        return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    private int turn() {
        return next++ & ADDRESSES - 1;
    }

    @Benchmark
    public @Nullable Peer trie() {
        return trie(turn());
    }

    @Benchmark
    public @Nullable Peer naive() {
        return naive(turn());
    }

    @Benchmark
    public @Nullable Peer library() {
        return library(turn());
    }

    /** As a lane asks: 4,096 addresses take turns at as many places, so that some displace each other. */
    @Benchmark
    public @Nullable Peer cached() {
        int i = turn();
        return isV6 ? cache.lookup6(high[i], low[i]) : cache.lookup4((int) low[i]);
    }

    private @Nullable Peer trie(int i) {
        return isV6 ? trie.lookup6(high[i], low[i]) : trie.lookup4((int) low[i]);
    }

    private @Nullable Peer naive(int i) {
        return naive.lookup(high[i], low[i]);
    }

    private @Nullable Peer library(int i) {
        var node =
                isV6 ? library6.longestPrefixMatchNode(addresses6[i]) : library4.longestPrefixMatchNode(addresses4[i]);
        return node == null ? null : node.getValue();
    }
}
