package io.penstock.cli.live.matrix;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.penstock.cli.live.Program;
import io.penstock.cli.live.guest.Guest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * The interop matrix. Each row is one topology:
 *
 * <pre>
 *   left: ours (10.66.0.1, fd66::1)             right: the peer (10.66.0.2, fd66::2)
 *         192.0.2.1, 2001:db8::1 ---- outside ---- 192.0.2.2, 2001:db8::2
 *         and .77, from which the floods come
 * </pre>
 *
 * <p>Rows wait for timers most of the time, so that several run at once on few cores. {@code PENSTOCK_PEERS} adds rows: paths of
 * further programs that are called as wireguard-go is, and of folders of such, separated by colons.
 */
@Tag("live")
class MatrixTest {
    private static final int ROWS_AT_ONCE = 8;

    private static final Matrix MATRIX = new Matrix();
    private static final ExecutorService LOCAL = executor("row", ROWS_AT_ONCE);
    private static final ExecutorService IN_GUEST = executor("guest row", Guest.PORTS);
    private static final CompletableFuture<Guest> GUEST = CompletableFuture.supplyAsync(Guest::boot, IN_GUEST);

    private static ExecutorService executor(String name, int threads) {
        return Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name(name, 0).daemon().factory());
    }

    @TestFactory
    List<DynamicNode> everyCellIsGreen() throws IOException {
        String only = System.getProperty("penstock.test.peer", "");
        List<DynamicNode> tests = new ArrayList<>();
        List<PeerKind> peers = peers();
        for (PeerKind peer : peers) {
            if (only.isEmpty() || only.equals(peer.name())) {
                tests.addAll(rows(peer, peer instanceof PeerKind.Kernel ? IN_GUEST : LOCAL));
            }
        }
        assertFalse(
                tests.isEmpty(),
                () -> "no peer is called " + only + "; there are "
                        + peers.stream().map(PeerKind::name).toList());
        tests.add(DynamicTest.dynamicTest("the guest's kernel had nothing to complain of", () -> GUEST.join()
                .mustBeHealthy()));
        return tests;
    }

    /** Only in long runs: peers have no switch for an earlier one. */
    @TestFactory
    List<DynamicTest> peersRenewTheirSessionsInTime() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        if (Boolean.getBoolean("penstock.test.full")) {
            for (PeerKind peer : peers()) {
                SetUp setUp = new SetUp(peer, false, false, true);
                CompletableFuture<Void> done = CompletableFuture.runAsync(
                        () -> {
                            try (Tunnel tunnel = new Tunnel(setUp)) {
                                Scenario.FIRST_HANDSHAKE.run(tunnel);
                                Scenario.renewal(tunnel);
                            }
                        },
                        task -> Thread.ofPlatform().daemon().start(task));
                tests.add(DynamicTest.dynamicTest(peer.name() + " renews after 120 s", () -> result(done)));
            }
        }
        return tests;
    }

    private static List<DynamicContainer> rows(PeerKind peer, ExecutorService executor) {
        List<DynamicContainer> rows = new ArrayList<>();
        for (boolean v6Outside : new boolean[] {false, true}) {
            for (boolean weInitiate : new boolean[] {true, false}) {
                for (boolean withPresharedKey : new boolean[] {false, true}) {
                    rows.add(row(new SetUp(peer, v6Outside, weInitiate, withPresharedKey), executor));
                }
            }
        }
        return rows;
    }

    private static DynamicContainer row(SetUp setUp, ExecutorService executor) {
        Map<Scenario, CompletableFuture<Void>> cells = MATRIX.start(setUp, executor);
        return DynamicContainer.dynamicContainer(
                setUp.toString(),
                cells.entrySet().stream()
                        .map(cell -> DynamicTest.dynamicTest(
                                setUp + ": " + cell.getKey().title(), () -> result(cell.getValue()))));
    }

    private static List<PeerKind> peers() throws IOException {
        List<PeerKind> peers = new ArrayList<>();
        peers.add(new PeerKind.Kernel(GUEST::join));
        peers.add(new PeerKind.Local(Program.WIREGUARD_GO, Map.of()));
        peers.add(new PeerKind.Local(Program.PENSTOCK, Tunnel.RENEW_SOON));
        for (String path : System.getenv().getOrDefault("PENSTOCK_PEERS", "").split(":", -1)) {
            if (!path.isBlank()) {
                programs(Path.of(path)).forEach(program -> peers.add(new PeerKind.Local(program, Map.of())));
            }
        }
        return peers;
    }

    /** A program, or a folder of which every executable file directly inside is one: as perf/run takes them. */
    private static List<Program> programs(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(Program.of(path));
        }
        try (Stream<Path> inside = Files.list(path)) {
            List<Program> programs = inside.filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                    .sorted()
                    .map(Program::of)
                    .toList();
            assertFalse(programs.isEmpty(), () -> path + ": no program in this folder");
            return programs;
        }
    }

    private static void result(CompletableFuture<Void> cell) throws Throwable {
        try {
            cell.join();
        } catch (CompletionException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    @AfterAll
    static void printTable() throws IOException {
        LOCAL.shutdown();
        IN_GUEST.shutdown();
        if (!GUEST.isCompletedExceptionally()) {
            GUEST.join().close();
        }
        String table = MATRIX.table();
        Files.writeString(Path.of("target", "matrix.md"), table);
        System.out.println(table);
    }
}
