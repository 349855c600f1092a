package io.penstock.lab;

/** A summary of durations, all in nanoseconds. Without samples every figure is 0. */
public record Latency(long samples, long minNs, long p50Ns, long p99Ns, long maxNs) {
    public static final Latency NONE = new Latency(0, 0, 0, 0, 0);

    /** Writes the summary as an object, figures in microseconds; {@code null} without samples. */
    public void writeTo(JsonWriter json) {
        if (samples == 0) {
            json.nullValue();
            return;
        }
        json.beginObject();
        json.name("samples").value(samples);
        json.name("minUs").value(minNs / 1e3, 1);
        json.name("p50Us").value(p50Ns / 1e3, 1);
        json.name("p99Us").value(p99Ns / 1e3, 1);
        json.name("maxUs").value(maxNs / 1e3, 1);
        json.endObject();
    }
}
