package io.penstock.cli.live.nat;

import io.penstock.lab.nat.NatKind;
import io.penstock.node.api.PeerPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The grid with our gateways and with unmodified ones of tailscale, some times each, by {@code interop/nat/run}; by its name no build
 * runs it. What came out is in {@code target/nat-grid.md}.
 */
@Tag("live")
class GridByHand {
    private static final String STOCK =
            Objects.requireNonNull(System.getProperty("penstock.test.stock"), "penstock.test.stock: a folder");
    private static final int REPEATS = Integer.getInteger("penstock.test.repeats", 3);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void ofBothPrograms() throws Exception {
        List<Grid.Cell> ours = new ArrayList<>();
        List<Grid.Cell> stock = new ArrayList<>();
        for (int i = 0; i < REPEATS; i++) {
            stock.addAll(cells(
                    folder.resolve("stock" + i),
                    (name, site, own) -> new StockGateway(Path.of(STOCK), name, site, own)));
            ours.addAll(cells(folder.resolve("ours" + i), NatGateway::new));
            Files.writeString(Path.of("target", "nat-grid.md"), page(ours, stock));
        }
    }

    private static List<Grid.Cell> cells(Path folder, MeshGateway.Maker maker) throws Exception {
        try (Grid grid = new Grid(Files.createDirectory(folder), maker)) {
            List<Grid.Cell> cells = grid.talk();
            System.out.println(Grid.table(cells) + Grid.medians(cells));
            return cells;
        }
    }

    private static String page(List<Grid.Cell> ours, List<Grid.Cell> stock) {
        StringBuilder text = new StringBuilder();
        text.append("penstock: ").append(Grid.medians(ours)).append("; ");
        text.append(count(ours, Grid.Cell::isAsTheorySays)).append(" as theory says\n\n");
        text.append(Grid.table(ours)).append('\n');
        text.append("tailscaled: ").append(Grid.medians(stock)).append("; ");
        text.append(count(stock, Grid.Cell::isAsTheorySays)).append(" as theory says\n\n");
        text.append(Grid.table(stock)).append("\nCells in which tailscaled found a direct path and penstock did not: ");
        return text.append(worse(ours, stock)).append('\n').toString();
    }

    private static String count(List<Grid.Cell> cells, Predicate<Grid.Cell> which) {
        return cells.stream().filter(which).count() + " of " + cells.size();
    }

    private static String worse(List<Grid.Cell> ours, List<Grid.Cell> stock) {
        List<String> worse = new ArrayList<>();
        for (NatKind left : NatKind.values()) {
            for (NatKind right : NatKind.values()) {
                if (directs(stock, left, right) > directs(ours, left, right)) {
                    worse.add(left + " with " + right);
                }
            }
        }
        return worse.isEmpty() ? "none" : String.join(", ", worse);
    }

    private static long directs(List<Grid.Cell> cells, NatKind left, NatKind right) {
        return cells.stream()
                .filter(cell -> cell.left() == left && cell.right() == right)
                .filter(cell -> cell.verdict() == PeerPath.Kind.DIRECT)
                .count();
    }
}
