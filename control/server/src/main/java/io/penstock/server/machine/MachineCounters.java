package io.penstock.server.machine;

import io.penstock.server.metrics.MetricsText;
import java.util.concurrent.atomic.LongAdder;

/** What nodes said that was cut to what we keep. Thread-safe; each value only grows. */
public final class MachineCounters {
    final LongAdder endpointsDropped = new LongAdder();
    final LongAdder routesDropped = new LongAdder();
    final LongAdder hostInfoCut = new LongAdder();
    final LongAdder waitersRefused = new LongAdder();
    final LongAdder refusals = new LongAdder();

    /** Endpoints beyond the number that a node may have, or that no peer could use. */
    public long endpointsDropped() {
        return endpointsDropped.sum();
    }

    /** Routes beyond the number that a node may offer. */
    public long routesDropped() {
        return routesDropped.sum();
    }

    /** Host information that was longer than what is kept. */
    public long hostInfoCut() {
        return hostInfoCut.sum();
    }

    /** Nodes that could not wait for their login, since too many did. */
    public long waitersRefused() {
        return waitersRefused.sum();
    }

    /** Registrations that were refused with a reason. */
    public long refusals() {
        return refusals.sum();
    }

    /** Tells them. */
    public void write(MetricsText out) {
        cut(out, "endpoints", endpointsDropped());
        cut(out, "routes", routesDropped());
        cut(out, "host-info", hostInfoCut());
        out.counter("penstock_registrations_refused_total", "Registrations refused with a reason.", refusals());
        out.counter(
                "penstock_login_waiters_refused_total",
                "Nodes that could not wait for their login, since too many did.",
                waitersRefused());
    }

    private static void cut(MetricsText out, String what, long count) {
        out.counter("penstock_machine_cut_total", "What nodes said beyond what is kept.", count, "what", what);
    }
}
