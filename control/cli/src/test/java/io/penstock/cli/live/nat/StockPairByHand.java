package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.lab.nat.NatKind;
import io.penstock.node.api.PeerPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway of ours and an unmodified tailscaled, each behind a router that lets in only what was sent to; once each of them has something
 * to say first. By {@code interop/nat/pair}; by its name no build runs it. What came out is in {@code target/nat-pair.md}.
 */
@Tag("live")
class StockPairByHand {
    private static final String STOCK =
            Objects.requireNonNull(System.getProperty("penstock.test.stock"), "penstock.test.stock: a folder");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void findsADirectPathWhoeverBegins() throws Exception {
        StringBuilder page =
                new StringBuilder("| who begins | first answer ms | direct both ways ms | at | of ours: |\n");
        page.append("| --- | --: | --: | --- | --- |\n");
        for (boolean isOurs : new boolean[] {true, false}) {
            page.append(meet(isOurs));
            Files.writeString(Path.of("target", "nat-pair.md"), page);
        }
        System.out.println(page);
    }

    private String meet(boolean isOursFirst) throws Exception {
        Path own = Files.createDirectory(folder.resolve(isOursFirst ? "ours" : "stock"));
        try (Internet internet = new Internet();
                Coordination coordination = new Coordination(internet.site, own);
                NatSite left = NatSite.make(internet, "left", NatKind.PORT_RESTRICTED, 10);
                NatSite right = NatSite.make(internet, "right", NatKind.PORT_RESTRICTED, 20);
                NatGateway ours = new NatGateway("left", left.gateway, own.resolve("left"));
                StockGateway stock = new StockGateway(Path.of(STOCK), "right", right.gateway, own.resolve("right"))) {
            ours.join(coordination, 41_641);
            stock.join(coordination, 41_641);
            Await.until("both know each other", LIMIT, () -> ours.knows("right") && stock.peers() == 1);
            Await.millis(8000); // so that what is said at the start is over
            assertTrue(!isDirect(ours, stock), "nothing was sent yet");
            String to = isOursFirst
                    ? ours.peer("right").overlay().getFirst()
                    : Objects.requireNonNull(ours.status().self()).overlay().getFirst();
            NatSite from = isOursFirst ? left : right;
            long startNs = System.nanoTime();
            try (PingLog pings = new PingLog(from.gateway, to.replaceAll("/.*", ""), own.resolve("pings"))) {
                Await.until("an answer", LIMIT, pings::flows);
                long answeredNs = System.nanoTime();
                Await.until("a direct path", LIMIT, () -> isDirect(ours, stock));
                long directNs = System.nanoTime();
                Await.millis(10_000);
                assertTrue(isDirect(ours, stock) && pings.flows(), "it stays");
                String table = ours.verb("debug", "path", "--events", "right");
                System.out.println(table);
                PeerPath path = ours.path("right");
                return "| %s | %d | %d | %s | %s |%n"
                        .formatted(
                                isOursFirst ? "penstock" : "tailscaled",
                                (answeredNs - startNs) / 1_000_000,
                                (directNs - startNs) / 1_000_000,
                                path.addr(),
                                "round trip %s ms, carries %s bytes".formatted(path.rttMs(), path.mtu()));
            }
        }
    }

    private static boolean isDirect(NatGateway ours, StockGateway stock) {
        return ours.path("right").kind() == PeerPath.Kind.DIRECT
                && stock.path("left").kind() == PeerPath.Kind.DIRECT;
    }
}
