package io.penstock.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MetricsTextTest {
    private final MetricsText text = new MetricsText();

    @Test
    void keepsTheSamplesOfAFamilyTogether() {
        text.counter("a_total", "As.", 1, "of", "x");
        text.gauge("b_bytes", "Bs.", 2.5);
        text.counter("a_total", "As.", 3, "of", "y");

        assertEquals("""
                # HELP a_total As.
                # TYPE a_total counter
                a_total{of="x"} 1
                a_total{of="y"} 3
                # HELP b_bytes Bs.
                # TYPE b_bytes gauge
                b_bytes 2.5
                """, text.toString());
    }

    @Test
    void escapesWhatWouldEndALineOrALabel() {
        text.gauge("a", "Back\\slash\nand line.", 0, "label", "quote\" back\\ line\n");

        assertEquals(
                "# HELP a Back\\\\slash\\nand line.\n# TYPE a gauge\na{label=\"quote\\\" back\\\\ line\\n\"} 0\n",
                text.toString());
        assertEquals(
                "quote\" back\\ line\n",
                PrometheusReader.read(text.toString()).getFirst().labels().get("label"));
    }

    @Test
    void writesNumbersWithoutLoss() {
        text.gauge("a", "A.", Double.POSITIVE_INFINITY, "n", "1");
        text.gauge("a", "A.", Double.NaN, "n", "2");
        text.gauge("a", "A.", Long.MAX_VALUE, "n", "3");
        text.gauge("a", "A.", 1e300, "n", "4");

        assertEquals("+Inf", PrometheusReader.read(text.toString()).get(0).value());
        assertEquals("NaN", PrometheusReader.read(text.toString()).get(1).value());
        assertEquals(
                "9223372036854775807",
                PrometheusReader.read(text.toString()).get(2).value());
        assertEquals("1.0E300", PrometheusReader.read(text.toString()).get(3).value());
    }

    @Test
    void refusesNamesThatOthersWouldNotTake() {
        assertThrows(IllegalArgumentException.class, () -> text.counter("requests", "Rs.", 1));
        assertThrows(IllegalArgumentException.class, () -> text.gauge("requests_total", "Rs.", 1));
        assertThrows(IllegalArgumentException.class, () -> text.gauge("a-b", "A.", 1));
        assertThrows(IllegalArgumentException.class, () -> text.gauge("a", "A.", 1, "label"));
        assertThrows(IllegalArgumentException.class, () -> text.gauge("a", "A.", 1, "__name__", "x"));
        text.gauge("b", "B.", 1);
        assertThrows(IllegalArgumentException.class, () -> text.gauge("b", "Other.", 1));
    }

    @Test
    void tellsOfTheProcess() {
        new ProcessMetrics().write(text);

        var samples = PrometheusReader.read(text.toString());
        for (String name : new String[] {
            "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "jvm_memory_used_bytes"
        }) {
            assertTrue(
                    samples.stream()
                            .anyMatch(sample -> sample.name().equals(name) && Double.parseDouble(sample.value()) > 0),
                    name + " in " + text);
        }
    }
}
