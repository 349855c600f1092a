package io.penstock.node.path.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.path.core.PathNote.Kind;
import io.penstock.wireguard.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens is noted within bounds, in virtual time. */
class PathLogTest {
    private static final Endpoint PLACE = Endpoint.parse("203.0.113.1:41641");

    private final PathLog.Budget budget = new PathLog.Budget();
    private final PathLog log = new PathLog(budget);

    @Test
    void notesNothingWithoutTraffic() {
        log.add(Kind.IN_MAP, PLACE, 1);
        assertEquals(List.of(), log.notes());
        log.begin(2);
        log.add(Kind.PING, PLACE, 3);
        log.end(4);
        log.add(Kind.PINGED, PLACE, 5);
        assertEquals(
                List.of(Kind.TRAFFIC, Kind.PING, Kind.REST),
                log.notes().stream().map(PathNote::kind).toList());
    }

    @Test
    void tellsWhatGoesOnAsOne() {
        log.begin(0);
        for (int i = 1; i <= 1000; i++) {
            log.addOrGoOn(Kind.KEPT, PLACE, 7L * i, i);
        }
        assertEquals(2, log.notes().size());
        PathNote kept = log.notes().getLast();
        assertEquals(new PathNote(Kind.KEPT, 1, 1000, PLACE, 0, 7000, 1000), kept);
        log.add(Kind.LATE, PLACE, 1001);
        log.addOrGoOn(Kind.KEPT, PLACE, 1, 1002);
        assertEquals(4, log.notes().size());
    }

    @Test
    void forgetsTheOldest() {
        log.begin(0);
        for (int i = 1; i <= 10_000; i++) {
            log.add(Kind.PING, PLACE, i);
        }
        assertEquals(PathLog.MAX, log.notes().size());
        assertEquals(10_000, log.notes().getLast().atNs());
        assertEquals(10_001 - PathLog.MAX, log.dropped());
    }

    @Test
    void keepsLittleOfEachPeerWhereThereAreThousands() {
        List<PathLog> all = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            PathLog one = new PathLog(budget);
            one.begin(0);
            for (int j = 0; j < 2 * PathLog.MAX; j++) {
                one.add(Kind.PING, PLACE, j);
            }
            all.add(one);
        }
        int sum = all.stream().mapToInt(one -> one.notes().size()).sum();
        assertTrue(sum <= PathLog.Budget.MAX_OF_ALL + 10_000 * PathLog.LEAST, () -> sum + " notes");
        assertTrue(all.getLast().notes().size() >= PathLog.LEAST);
        all.forEach(PathLog::free);
        log.begin(0);
        for (int i = 0; i < PathLog.MAX; i++) {
            log.add(Kind.PING, PLACE, i);
        }
        assertEquals(PathLog.MAX, log.notes().size(), "there is room again");
    }
}
