package io.penstock.server.web;

import io.penstock.server.metrics.MetricsText;
import java.util.concurrent.atomic.LongAdder;

/** What the pages have refused. Thread-safe; each value only grows. */
final class PageCounters {
    final LongAdder foreignPages = new LongAdder();
    final LongAdder foreignForms = new LongAdder();
    final LongAdder failedSignIns = new LongAdder();

    final LongAdder wrongDeviceCodes = new LongAdder();

    final LongAdder refusedByProvider = new LongAdder();
    final LongAdder staleReturns = new LongAdder();
    final LongAdder refusedLogoutTokens = new LongAdder();

    void write(MetricsText out) {
        refused(out, "foreign-page", foreignPages.sum());
        refused(out, "foreign-form", foreignForms.sum());
        refused(out, "failed-sign-in", failedSignIns.sum());
        refused(out, "device-code", wrongDeviceCodes.sum());
        refused(out, "refused-by-provider", refusedByProvider.sum());
        refused(out, "stale-return", staleReturns.sum());
        refused(out, "logout-token", refusedLogoutTokens.sum());
    }

    private static void refused(MetricsText out, String reason, long count) {
        out.counter("penstock_pages_refused_total", "Forms that were refused, by reason.", count, "reason", reason);
    }
}
