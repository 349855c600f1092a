package io.penstock.server.metrics;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Writes the text format 0.0.4 of Prometheus: families with their help and type, and their samples together, in whatever order
 * these come. Not thread-safe.
 */
public final class MetricsText {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

    private final Map<String, Family> families = new LinkedHashMap<>();

    private record Family(String help, String type, StringBuilder samples) {}

    /**
     * A count since the start; it only grows.
     *
     * @param name ends in {@code _total}
     * @param labels names and values in turn
     */
    public void counter(String name, String help, long value, String... labels) {
        addCounter(name, help, Long.toString(value), labels);
    }

    /** {@link #counter(String, String, long, String...)} of what has fractions. */
    public void counter(String name, String help, double value, String... labels) {
        addCounter(name, help, number(value), labels);
    }

    private void addCounter(String name, String help, String value, String... labels) {
        if (!name.endsWith("_total")) {
            throw new IllegalArgumentException("a counter ends in _total: " + name);
        }
        add(name, help, "counter", value, labels);
    }

    /**
     * A figure of this moment.
     *
     * @param name ends in its unit, if it has one
     * @param labels names and values in turn
     */
    public void gauge(String name, String help, long value, String... labels) {
        addGauge(name, help, Long.toString(value), labels);
    }

    /** {@link #gauge(String, String, long, String...)} of what has fractions. */
    public void gauge(String name, String help, double value, String... labels) {
        addGauge(name, help, number(value), labels);
    }

    private void addGauge(String name, String help, String value, String... labels) {
        if (name.endsWith("_total")) {
            throw new IllegalArgumentException("a gauge is no total: " + name);
        }
        add(name, help, "gauge", value, labels);
    }

    private void add(String name, String help, String type, String value, String... labels) {
        require(name);
        Family family = families.computeIfAbsent(name, key -> new Family(help, type, new StringBuilder()));
        if (!family.type.equals(type) || !family.help.equals(help)) {
            throw new IllegalArgumentException("two kinds of " + name);
        }
        if (labels.length % 2 != 0) {
            throw new IllegalArgumentException("a label without a value: " + name);
        }
        StringBuilder line = family.samples.append(name);
        for (int i = 0; i < labels.length; i += 2) {
            require(labels[i]);
            line.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            line.append(escape(labels[i + 1]).replace("\"", "\\\"")).append('"');
        }
        line.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
    }

    private static void require(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name: " + name);
        }
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n");
    }

    private static String number(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return Double.toString(value);
    }

    /** The document. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        families.forEach((name, family) -> text.append("# HELP ")
                .append(name)
                .append(' ')
                .append(escape(family.help))
                .append("\n# TYPE ")
                .append(name)
                .append(' ')
                .append(family.type)
                .append('\n')
                .append(family.samples));
        return text.toString();
    }
}
