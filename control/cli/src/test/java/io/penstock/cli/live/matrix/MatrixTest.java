package io.penstock.cli.live.matrix;

import io.penstock.cli.live.Program;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
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
 * further programs that are called as wireguard-go is, separated by colons.
 */
@Tag("live")
class MatrixTest {
    private static final int ROWS_AT_ONCE = 8;

    private static final Matrix MATRIX = new Matrix();
    private static final ExecutorService LOCAL =
            Executors.newFixedThreadPool(ROWS_AT_ONCE, Thread.ofPlatform().name("row-", 0).daemon().factory());

    @TestFactory
    List<DynamicContainer> everyCellIsGreen() {
        List<DynamicContainer> rows = new ArrayList<>();
        for (PeerKind peer : peers()) {
            for (int bits = 0; bits < 8; bits++) {
                SetUp setUp = new SetUp(peer, (bits & 4) != 0, (bits & 2) == 0, (bits & 1) != 0);
                Map<Scenario, CompletableFuture<Void>> cells = MATRIX.start(setUp, LOCAL);
                rows.add(DynamicContainer.dynamicContainer(
                        setUp.toString(),
                        cells.entrySet().stream()
                                .map(cell -> DynamicTest.dynamicTest(
                                        setUp + ": " + cell.getKey().title(), () -> result(cell.getValue())))));
            }
        }
        return rows;
    }

    private static List<PeerKind> peers() {
        List<PeerKind> peers = new ArrayList<>();
        peers.add(new PeerKind.Local(Program.WIREGUARD_GO, Map.of()));
        peers.add(new PeerKind.Local(Program.PENSTOCK, Tunnel.RENEW_SOON));
        for (String path : System.getenv().getOrDefault("PENSTOCK_PEERS", "").split(":", -1)) {
            if (!path.isBlank()) {
                peers.add(new PeerKind.Local(Program.of(Path.of(path)), Map.of()));
            }
        }
        return peers;
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
        LOCAL.shutdownNow();
        String table = MATRIX.table();
        Files.writeString(Path.of("target", "matrix.md"), table);
        System.out.println(table);
    }
}
