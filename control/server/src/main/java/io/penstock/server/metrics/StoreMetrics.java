package io.penstock.server.metrics;

import io.penstock.server.store.Population;
import io.penstock.server.store.Store;

/** What is in the store: who is in which domain, and how much was changed. Reads the store at each scrape. */
public final class StoreMetrics implements MetricSource {
    private final Store store;

    public StoreMetrics(Store store) {
        this.store = store;
    }

    @Override
    public void write(MetricsText out) {
        store.read(tx -> {
            out.counter(
                    "penstock_store_changes_total",
                    "Changes since the first start.",
                    tx.changes().last());
            for (Population.OfDomain domain : tx.population().byDomain()) {
                out.gauge("penstock_users", "Users.", domain.users(), "domain", domain.name());
                out.gauge("penstock_nodes", "Nodes.", domain.nodes(), "domain", domain.name());
                out.gauge(
                        "penstock_nodes_expired",
                        "Nodes whose key has expired.",
                        domain.expiredNodes(),
                        "domain",
                        domain.name());
            }
            return null;
        });
        out.gauge("penstock_store_size_bytes", "Size of the database and its log.", store.sizeBytes());
    }
}
