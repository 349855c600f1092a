package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.lab.nat.NatKind;
import io.penstock.node.api.PeerPath;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site behind each kind of router at the left, and one at the right; each of the left talks with each of the right. The path has to be
 * direct where theory says that it can be, and a relay's where not; and what is sent arrives, while the path changes and after.
 */
@Tag("live")
class GridTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void eachKindMeetsEachAsTheorySays() throws Exception {
        try (Grid grid = new Grid(folder, NatGateway::new)) {
            List<Grid.Cell> cells = grid.talk();
            System.out.println(Grid.table(cells) + Grid.medians(cells));
            int kinds = NatKind.values().length;
            assertEquals(kinds * kinds, cells.size());
            List<Grid.Cell> wrong =
                    cells.stream().filter(cell -> !cell.isAsTheorySays()).toList();
            assertEquals(List.of(), wrong, () -> grid.logs(wrong));
            assertEquals(
                    31,
                    cells.stream()
                            .filter(cell -> cell.verdict() == PeerPath.Kind.DIRECT)
                            .count());
        }
    }
}
