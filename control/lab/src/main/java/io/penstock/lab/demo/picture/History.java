package io.penstock.lab.demo.picture;

import java.util.Arrays;

/** The last values of something that is measured at even intervals. Bounded; one thread. */
public final class History {
    /** Stands for an interval in which nothing could be measured. */
    public static final double NOTHING = Double.NaN;

    private final double[] values;
    private long count;

    public History(int capacity) {
        values = new double[capacity];
    }

    public void add(double value) {
        values[(int) (count++ % values.length)] = value;
    }

    public int size() {
        return (int) Math.min(count, values.length);
    }

    /** The value of {@code age} intervals ago, 0 for the newest; {@link #NOTHING} before the first. */
    public double ago(int age) {
        return age < size() ? values[(int) ((count - 1 - age) % values.length)] : NOTHING;
    }

    /** The median of the newest {@code span} values that are something, 0 without any. */
    public double median(int span) {
        double[] some = new double[Math.min(span, size())];
        int n = 0;
        for (int age = 0; age < some.length; age++) {
            if (!Double.isNaN(ago(age))) {
                some[n++] = ago(age);
            }
        }
        Arrays.sort(some, 0, n);
        return n == 0 ? 0 : some[n / 2];
    }

    /** The largest of the newest {@code span} values, 0 without any. */
    public double max(int span) {
        double max = 0;
        for (int age = 0; age < Math.min(span, size()); age++) {
            if (ago(age) > max) {
                max = ago(age);
            }
        }
        return max;
    }
}
