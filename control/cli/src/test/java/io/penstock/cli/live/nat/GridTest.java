package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.lab.nat.NatKind;
import io.penstock.node.api.PeerPath;
import java.nio.file.Path;
import java.util.ArrayList;
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
        try (Grid grid = new Grid(folder)) {
            List<Grid.Cell> cells = new ArrayList<>();
            int size = NatKind.values().length;
            for (int shift = 0; shift < size; shift++) {
                cells.addAll(grid.talk(shift)); // each gateway is in one pair of the seven
            }
            System.out.println(Grid.table(cells));
            assertEquals(size * size, cells.size());
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
