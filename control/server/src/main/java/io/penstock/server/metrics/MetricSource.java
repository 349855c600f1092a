package io.penstock.server.metrics;

/** A part of the program that has figures to tell. */
@FunctionalInterface
public interface MetricSource {
    /** Adds its figures as they are; called at each scrape, by one thread at a time, that may wait for the disk. */
    void write(MetricsText out);
}
