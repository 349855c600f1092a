package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.wireguard.DropReason;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DropReportTest {
    private static final long START_NS = Long.MAX_VALUE - 5; // nanoTime may wrap

    private final Map<DropReason, Long> counts = new EnumMap<>(DropReason.class);
    private final DropReport report = new DropReport(reason -> counts.getOrDefault(reason, 0L), START_NS);

    @Test
    void saysWhatHasGrownAndNothingElse() {
        assertNull(report.line());
        counts.put(DropReason.REPLAYED, 3L);
        counts.put(DropReason.UNKNOWN_TYPE, 1L);
        assertEquals("dropped: unknown-type 1 (+1), replayed 3 (+3)", report.line());
        assertNull(report.line());
        counts.put(DropReason.REPLAYED, 10L);
        assertEquals("dropped: replayed 10 (+7)", report.line());
    }

    @Test
    void saysItEveryTenSecondsAtMost() {
        long nowNs = START_NS;
        counts.put(DropReason.REPLAYED, 1L);
        assertNull(report.lineIfDue(nowNs));
        assertNull(report.lineIfDue(nowNs + DropReport.INTERVAL_NS - 1));
        nowNs = report.deadlineNs();
        assertEquals(START_NS + DropReport.INTERVAL_NS, nowNs);
        assertEquals("dropped: replayed 1 (+1)", report.lineIfDue(nowNs));
        counts.put(DropReason.REPLAYED, 2L);
        assertNull(report.lineIfDue(nowNs + 1));
        assertEquals("dropped: replayed 2 (+1)", report.lineIfDue(report.deadlineNs()));
    }
}
