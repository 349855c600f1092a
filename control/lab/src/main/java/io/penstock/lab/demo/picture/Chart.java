package io.penstock.lab.demo.picture;

/** Bars, one column a value, newest at the right. */
final class Chart {
    private static final String BLOCKS = " ▁▂▃▄▅▆▇█";
    private static final String DENSITIES = " .:-=+*#@";
    private static final double[] NICE = {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    private static final int STEPS = 8; // of one character

    private final History history;
    private final int columns;
    private final int rows;
    private final double top;
    private final boolean unicode;

    /** @param top value of a full column, more than 0 */
    Chart(History history, int columns, int rows, double top, boolean unicode) {
        this.history = history;
        this.columns = columns;
        this.rows = rows;
        this.top = top;
        this.unicode = unicode;
    }

    /** One line of it, 0 for the uppermost. */
    String line(int row) {
        StringBuilder line = new StringBuilder();
        for (int age = columns - 1; age >= 0; age--) {
            line.append(character(history.ago(age), row, age));
        }
        return line.toString();
    }

    private char character(double value, int row, int age) {
        boolean isLowest = row == rows - 1;
        if (Double.isNaN(value)) {
            return isLowest && age < history.size() ? missing() : ' ';
        }
        int steps = (int) Math.round(Math.min(1, value / top) * rows * STEPS);
        if (value > 0 && steps == 0) {
            steps = 1; // little is not nothing
        }
        int here = Math.clamp(steps - (long) (rows - 1 - row) * STEPS, 0, STEPS);
        return (unicode ? BLOCKS : DENSITIES).charAt(here);
    }

    private char missing() {
        return unicode ? '×' : 'x';
    }

    /** The next number of one digit, or 15 or 25, times a power of ten, that is not less than {@code value}; 1 for 0. */
    static double niceTop(double value) {
        if (value <= 0) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (double step : NICE) {
            if (value <= step * power * (1 + 1e-9)) {
                return step * power;
            }
        }
        return 10 * power;
    }
}
