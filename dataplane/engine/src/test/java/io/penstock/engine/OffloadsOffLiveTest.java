package io.penstock.engine;

import static io.penstock.engine.io.FaultyCalls.Offload.CHECKSUM_READ;
import static io.penstock.engine.io.FaultyCalls.Offload.MERGED_RECEIVE;
import static io.penstock.engine.io.FaultyCalls.Offload.SEGMENTED_SEND;
import static io.penstock.engine.io.FaultyCalls.Offload.TCP_READ;
import static io.penstock.engine.io.FaultyCalls.Offload.TCP_WRITE;
import static io.penstock.engine.io.FaultyCalls.Offload.UDP_READ;
import static io.penstock.engine.io.FaultyCalls.Offload.UDP_WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.OffloadFallbacks.Kind;
import io.penstock.engine.io.Faults;
import io.penstock.engine.io.FaultyCalls;
import io.penstock.engine.io.FaultyCalls.Offload;
import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.DropReason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Content comes through two tunnels unchanged, whole and once, whichever offload is missing: switched off as an operator does,
 * refused by the kernel, or refused by system calls that the test has fail. TCP and UDP, both ways at once, while sessions are
 * renewed. Each setting also has to show that it was one: which offloads were used is counted at the system calls.
 */
@Tag("live")
class OffloadsOffLiveTest {
    /** Of all settings together, both protocols, both ways. */
    private static final long BYTES = Long.getLong(
            "penstock.test.bytes", Boolean.getBoolean("penstock.test.full") ? 50_000_000_000L : 2_000_000_000L);

    private static final long SEED = Long.getLong("penstock.seed", 20261126);
    private static final Duration REKEY_AFTER = Duration.ofSeconds(1);
    private static final int TCP_PORT = 7001;
    private static final int UDP_PORT = 7002;
    private static final int UDP_OVERHEAD = 28; // IPv4 and UDP
    private static final int SO_NO_CHECK = 11;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long SLOWEST_BYTES_PER_SECOND = 2_000_000;

    @FunctionalInterface
    interface Change {
        void apply(TwoSites sites, List<FaultyCalls> lanes) throws Exception;

        default Change and(Change other) {
            return (sites, lanes) -> {
                apply(sites, lanes);
                other.apply(sites, lanes);
            };
        }
    }

    /**
     * What is missing.
     *
     * @param share of the bytes to be moved
     * @param unused offloads that nothing may use; everything else has to be used
     * @param fallbacks what each tunnel has to say and count, once
     */
    private record Setting(
            String missing,
            int share,
            int tunnelMtu,
            int linkMtu,
            Change change,
            Set<Offload> unused,
            Set<Kind> fallbacks) {
        Setting(
                String missing,
                int share,
                int tunnelMtu,
                int linkMtu,
                Change change,
                Set<Offload> unused,
                Kind... fallbacks) {
            this(missing, share, tunnelMtu, linkMtu, change, unused, Set.of(fallbacks));
        }

        /** Two full TCP segments of that size make no superpacket, two lesser ones may. */
        boolean leavesOpen(Offload offload) {
            return tunnelMtu > 32_768 && (offload == TCP_READ || offload == TCP_WRITE);
        }

        @Override
        public String toString() {
            return missing;
        }
    }

    private static final int SOCKETS = 2 * 2 * 4;

    /** What each tunnel gives up when all of it fails; the kernel's steering does not. */
    private static final Kind[] MERGES = {Kind.SEGMENT_OFFLOAD, Kind.TCP_MERGE, Kind.UDP_MERGE};

    private static final List<Setting> SETTINGS = List.of(
            new Setting("nothing at 1420", 8, 1420, 1500, (_, _) -> {}, Set.of()),
            new Setting("nothing at 1280", 6, 1280, 1500, (_, _) -> {}, Set.of()),
            new Setting("nothing at 8920", 10, 8920, 9000, (_, _) -> {}, Set.of()),
            new Setting("nothing at 65000", 10, 65_000, 65_535, (_, _) -> {}, Set.of()),
            new Setting("TSO", 2, 1420, 1500, tunnels("tso", "off"), Set.of(TCP_READ)),
            new Setting("USO", 3, 1420, 1500, tunnels("tx-udp-segmentation", "off"), Set.of(UDP_READ)),
            new Setting(
                    "TUN checksums", 2, 1420, 1500, tunnels("tx", "off"), Set.of(TCP_READ, UDP_READ, CHECKSUM_READ)),
            new Setting(
                    "link segmentation", 2, 1420, 1500, links("tx-udp-segmentation", "off"), Set.of(MERGED_RECEIVE)),
            new Setting(
                    "link segmentation but GRO",
                    2,
                    1420,
                    1500,
                    links("tx-udp-segmentation", "off", "tso", "off", "gro", "on"), // GRO on a veth needs that
                    Set.of()),
            new Setting("link checksums", 2, 1420, 1500, links("tx", "off"), Set.of(MERGED_RECEIVE)),
            new Setting("link as narrow as 1500", 1, 8920, 1500, (_, _) -> {}, Set.of()),
            new Setting("UDP GRO", 2, 1420, 1500, sockets(Sockets.SOL_UDP, Sockets.UDP_GRO, 0), Set.of(MERGED_RECEIVE)),
            new Setting(
                    "UDP GRO at 1280",
                    2,
                    1280,
                    1500,
                    sockets(Sockets.SOL_UDP, Sockets.UDP_GRO, 0),
                    Set.of(MERGED_RECEIVE)),
            new Setting(
                    "segmented sends by the kernel",
                    2,
                    1420,
                    1500,
                    sockets(Sockets.SOL_SOCKET, SO_NO_CHECK, 1),
                    Set.of(SEGMENTED_SEND, MERGED_RECEIVE),
                    Kind.SEGMENT_OFFLOAD),
            new Setting(
                    "segmented sends by EIO",
                    2,
                    1420,
                    1500,
                    sends(() -> Faults.always(Errno.EIO), () -> Faults.always(Errno.EIO)),
                    Set.of(SEGMENTED_SEND, MERGED_RECEIVE),
                    Kind.SEGMENT_OFFLOAD),
            new Setting(
                    "segmented sends by EINVAL at 8920",
                    2,
                    8920,
                    9000,
                    sends(() -> Faults.always(Errno.EINVAL), () -> Faults.always(Errno.EINVAL)),
                    Set.of(SEGMENTED_SEND, MERGED_RECEIVE),
                    Kind.SEGMENT_OFFLOAD),
            new Setting(
                    "segmented sends after a while",
                    2,
                    1420,
                    1500,
                    sends(() -> Faults.once(50, Errno.EIO), () -> Faults.once(80, Errno.EIO)),
                    Set.of(),
                    Kind.SEGMENT_OFFLOAD),
            new Setting(
                    "segmented sends now and then",
                    3,
                    1420,
                    1500,
                    sends(
                            () -> Faults.random(
                                    SEED, 50, Errno.EMSGSIZE), // of one path: no reason to give the offload up
                            () -> Faults.random(SEED + 1, 10, Errno.EMSGSIZE)),
                    Set.of()),
            new Setting(
                    "short sends",
                    3,
                    1280,
                    1500,
                    (_, lanes) -> {
                        lanes.getFirst().shortSends = Faults.random(SEED, 2, 1, 2, 3);
                        lanes.getLast().shortSends = Faults.random(SEED + 1, 2, 1, 5);
                    },
                    Set.of()),
            new Setting(
                    "merged TCP writes by EINVAL",
                    2,
                    1420,
                    1500,
                    tcpWrites(Errno.EINVAL),
                    Set.of(TCP_WRITE),
                    Kind.TCP_MERGE),
            new Setting(
                    "merged TCP writes by EIO", 2, 8920, 9000, tcpWrites(Errno.EIO), Set.of(TCP_WRITE), Kind.TCP_MERGE),
            new Setting(
                    "merged UDP writes by EINVAL",
                    2,
                    1420,
                    1500,
                    udpWrites(Errno.EINVAL),
                    Set.of(UDP_WRITE),
                    Kind.UDP_MERGE),
            new Setting(
                    "merged UDP writes by EIO", 2, 1280, 1500, udpWrites(Errno.EIO), Set.of(UDP_WRITE), Kind.UDP_MERGE),
            new Setting(
                    "merged writes after a while",
                    2,
                    1420,
                    1500,
                    (_, lanes) -> {
                        for (FaultyCalls lane : lanes) {
                            lane.tcpWrites = Faults.once(50, Errno.EINVAL);
                            lane.udpWrites = Faults.once(20, Errno.EIO);
                        }
                    },
                    Set.of(),
                    Kind.TCP_MERGE,
                    Kind.UDP_MERGE),
            new Setting(
                    "what fails now and then, seed " + SEED,
                    4,
                    1420,
                    1500,
                    (_, lanes) -> {
                        for (FaultyCalls lane : lanes) {
                            long seed = SEED + lanes.indexOf(lane);
                            lane.segmentedSends = Faults.random(seed, 40, Errno.EIO, Errno.EMSGSIZE);
                            lane.shortSends = Faults.random(seed, 2, 1, 2, 3);
                            lane.tcpWrites = Faults.random(seed, 40, Errno.EINVAL, Errno.EIO, Errno.ENOMEM);
                            lane.udpWrites = Faults.random(seed, 10, Errno.EINVAL, Errno.EIO, Errno.ENOMEM);
                        }
                    },
                    Set.of(),
                    MERGES),
            new Setting("everything", 1, 1420, 1500, everything(), EnumSet.allOf(Offload.class), MERGES),
            new Setting("everything at 8920", 1, 8920, 9000, everything(), EnumSet.allOf(Offload.class), MERGES),
            new Setting(
                    "everything at 65000",
                    3,
                    65_000,
                    65_535,
                    everything(),
                    EnumSet.allOf(Offload.class),
                    Kind.UDP_MERGE,
                    Kind.SEGMENT_OFFLOAD));

    private static Change tunnels(String... features) {
        return (sites, _) -> {
            ethtool(sites.namespaceA(), sites.interfaceA(), features);
            ethtool(sites.namespaceB(), sites.interfaceB(), features);
        };
    }

    private static Change links(String... features) {
        return (sites, _) -> {
            ethtool(sites.namespaceA(), "veth", features);
            ethtool(sites.namespaceB(), "veth", features);
        };
    }

    private static void ethtool(NetworkNamespace namespace, String link, String... features) throws Exception {
        List<String> command = new ArrayList<>(List.of("ethtool", "-K", link));
        command.addAll(List.of(features));
        Process process = namespace.call(
                () -> new ProcessBuilder(command).redirectErrorStream(true).start());
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    /** Sets an option of the tunnels' own sockets, which are this process's. */
    private static Change sockets(int level, int option, int value) {
        return (_, _) -> {
            LibC libc = new LibC();
            long scratch = Memory.slab(Memory.PAGE_LENGTH);
            try {
                Memory.putInt(scratch, value);
                for (int fd : tunnelSockets(libc, scratch + 64)) {
                    assertEquals(0, libc.setsockopt(fd, level, option, scratch, Integer.BYTES));
                }
            } finally {
                libc.munmap(scratch, Memory.PAGE_LENGTH);
            }
        };
    }

    /** The descriptors of both tunnels' sockets; they are opened a moment after the interfaces are set up. */
    private static List<Integer> tunnelSockets(LibC libc, long scratch) throws Exception {
        long untilNs = System.nanoTime() + PATIENCE.toNanos();
        List<Integer> found = new ArrayList<>();
        do {
            found.clear();
            try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
                for (Path path : fds.toList()) {
                    int fd = Integer.parseInt(path.getFileName().toString());
                    Memory.putInt(scratch + 48, 48);
                    Memory.putShort(scratch, (short) 0);
                    boolean isBound = libc.getsockname(fd, scratch, scratch + 48) == 0;
                    int family = Memory.getShort(scratch);
                    boolean isIp = family == Sockets.AF_INET || family == Sockets.AF_INET6;
                    if (isBound && isIp && SockAddr.port(scratch) == TwoSites.PORT) {
                        found.add(fd);
                    }
                }
            }
        } while (found.size() < SOCKETS && System.nanoTime() - untilNs < 0);
        assertEquals(SOCKETS, found.size(), "sockets of both tunnels, both families and four kinds of datagrams");
        return found;
    }

    private static Change sends(Supplier<Faults> ofA, Supplier<Faults> ofB) {
        return (_, lanes) -> {
            lanes.getFirst().segmentedSends = ofA.get();
            lanes.getLast().segmentedSends = ofB.get();
        };
    }

    private static Change tcpWrites(int errno) {
        return (_, lanes) -> lanes.forEach(lane -> lane.tcpWrites = Faults.always(errno));
    }

    private static Change udpWrites(int errno) {
        return (_, lanes) -> lanes.forEach(lane -> lane.udpWrites = Faults.always(errno));
    }

    private static Change everything() {
        return tunnels("tx", "off")
                .and(links("tx", "off"))
                .and(sockets(Sockets.SOL_UDP, Sockets.UDP_GRO, 0))
                .and(sockets(Sockets.SOL_SOCKET, SO_NO_CHECK, 1))
                .and(tcpWrites(Errno.EINVAL))
                .and(udpWrites(Errno.EINVAL));
    }

    @ParameterizedTest
    @FieldSource("SETTINGS")
    void contentIsTheSameWithout(Setting setting) throws Exception {
        int shares = SETTINGS.stream().mapToInt(Setting::share).sum();
        long bytes = BYTES * setting.share / shares + 1;
        List<FaultyCalls> lanes = List.of(new FaultyCalls(), new FaultyCalls());
        try (TwoSites sites = TwoSites.openOver(REKEY_AFTER, lanes.getFirst(), lanes.getLast())) {
            sites.mtu(setting.tunnelMtu, setting.linkMtu);
            setting.change.apply(sites, lanes);
            move(sites, setting, bytes);

            for (Offload offload : Offload.values()) {
                for (FaultyCalls lane : lanes) {
                    long used = lane.used(offload);
                    assertTrue(
                            setting.leavesOpen(offload) || used > 0 != setting.unused.contains(offload),
                            () -> offload + " used " + used + " times");
                }
            }
            long fallbacks = 0;
            for (Tunnel tunnel : List.of(sites.tunnelA(), sites.tunnelB())) {
                assertNothingLost(tunnel.drops());
                for (Kind kind : Kind.values()) {
                    long counted = tunnel.offloadFallbacks().getOrDefault(kind, 0L);
                    fallbacks += counted;
                    long expected = setting.fallbacks.contains(kind) ? 1 : 0;
                    assertTrue(
                            counted == expected || (setting.leavesOpen(TCP_WRITE) && kind == Kind.TCP_MERGE),
                            () -> kind.label() + " fell back " + counted + " times");
                }
            }
            List<String> told = sites.log().lines().stream()
                    .filter(line -> line.contains("one by one"))
                    .toList();
            assertEquals(fallbacks, told.size(), told::toString);
        }
    }

    /** Three quarters by TCP, both ways at once; then the rest by UDP, one way after the other. */
    private static void move(TwoSites sites, Setting setting, long bytes) throws Exception {
        Duration patience = PATIENCE.plusSeconds(bytes / SLOWEST_BYTES_PER_SECOND);
        DigestedTcp.exchange(sites.namespaceA(), sites.namespaceB(), "10.9.0.2", TCP_PORT, bytes * 3 / 8, patience);
        int longest = Math.min(setting.tunnelMtu, 65_535) - UDP_OVERHEAD;
        NumberedDatagrams.move(
                sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, UDP_PORT, longest, bytes / 8, PATIENCE);
        NumberedDatagrams.move(
                sites.namespaceB(), sites.namespaceA(), TwoSites.ADDRESS_A, UDP_PORT, longest, bytes / 8, PATIENCE);
    }

    private static void assertNothingLost(Map<DropReason, Long> drops) {
        Set<DropReason> ofContent = EnumSet.range(DropReason.RECEIVE_FAILED, DropReason.OUTGOING_MALFORMED);
        ofContent.addAll(Set.of(DropReason.WRONG_LENGTH, DropReason.UNKNOWN_TYPE, DropReason.SEND_FAILED));
        assertTrue(ofContent.stream().allMatch(reason -> drops.getOrDefault(reason, 0L) == 0L), () -> drops.toString());
    }
}
