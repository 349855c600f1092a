package io.penstock.lab.demo.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartTest {
    private final History history = new History(4);

    @Test
    void drawsTheNewestAtTheRight() {
        for (double value : new double[] {99, 1, 2, 4, 8}) {
            history.add(value);
        }
        Chart chart = new Chart(history, 6, 1, 8, true);

        assertEquals("  ▁▂▄█", chart.line(0));
    }

    @Test
    void growsOverSeveralLines() {
        history.add(0);
        history.add(5);
        history.add(12);
        history.add(16);
        Chart chart = new Chart(history, 4, 2, 16, true);

        assertEquals("  ▄█", chart.line(0));
        assertEquals(" ▅██", chart.line(1));
    }

    @Test
    void littleIsNotNothingAndNothingIsNotZero() {
        history.add(0);
        history.add(0.001);
        history.add(History.NOTHING);
        history.add(1e9);

        assertEquals(" ▁×█", new Chart(history, 4, 1, 100, true).line(0));
        assertEquals(" .x@", new Chart(history, 4, 1, 100, false).line(0));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1.01, 1.5", "3.2, 4", "6e9, 6e9", "6.1e9, 8e9", "9e9, 1e10", "0.3, 0.3"})
    void scalesEndAtRoundNumbers(double value, double top) {
        assertEquals(top, Chart.niceTop(value), top * 1e-9);
    }

    @Test
    void historyKnowsMaximumAndMedianOfASpan() {
        for (double value : new double[] {100, 3, History.NOTHING, 1, 2}) {
            history.add(value);
        }

        assertEquals(3, history.max(9));
        assertEquals(2, history.max(2));
        assertEquals(2, history.median(9));
        assertEquals(0, new History(3).median(3));
    }
}
