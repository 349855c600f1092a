package io.penstock.lab;

import java.util.Locale;

/** Reads and writes amounts as people type them: {@code 500ms}, {@code 20s}, {@code 2m}; {@code 128K}, {@code 1M}; {@code 2.5G}. */
public final class Quantity {
    private Quantity() {}

    /** A duration in nanoseconds: a number with {@code ms}, {@code s}, {@code m} or {@code h}; without a unit, seconds. */
    public static long parseDurationNs(String text) {
        int end = unitStart(text);
        double unitNs =
                switch (text.substring(end).toLowerCase(Locale.ROOT)) {
                    case "ms" -> 1e6;
                    case "", "s" -> 1e9;
                    case "m" -> 60e9;
                    case "h" -> 3600e9;
                    default ->
                        throw new IllegalArgumentException(
                                "'" + text + "' is not a duration; examples: 500ms, 10s, 2m");
                };
        return toLong(text, end, unitNs, "duration; examples: 500ms, 10s, 2m");
    }

    /** Bytes: a number with {@code K}, {@code M} or {@code G}, powers of 1024. */
    public static long parseBytes(String text) {
        return parseScaled(text, 1024, "size in bytes; examples: 1372, 128K, 1M");
    }

    /** Bits per second: a number with {@code K}, {@code M} or {@code G}, powers of 1000. */
    public static long parseBits(String text) {
        return parseScaled(text, 1000, "rate in bits per second; examples: 500K, 100M, 2.5G");
    }

    /** For example {@code 4.61 Gbit/s} or {@code 812 Mbit/s}. */
    public static String bitsPerSecond(double bits) {
        if (bits >= 1e9) {
            return String.format(Locale.ROOT, "%.2f Gbit/s", bits / 1e9);
        }
        return bits >= 1e6
                ? String.format(Locale.ROOT, "%.1f Mbit/s", bits / 1e6)
                : String.format(Locale.ROOT, "%.1f kbit/s", bits / 1e3);
    }

    /** For example {@code 1.25 GB}, powers of 1000. */
    public static String bytes(long bytes) {
        if (bytes >= 1_000_000_000L) {
            return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
        }
        return bytes >= 1_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }

    /** Milliseconds with three digits that matter, for example {@code 0.312 ms} or {@code 14.5 ms}. */
    public static String milliseconds(long durationNs) {
        double ms = durationNs / 1e6;
        return String.format(Locale.ROOT, ms < 10 ? "%.3f ms" : "%.1f ms", ms);
    }

    private static long parseScaled(String text, long base, String kind) {
        int end = unitStart(text);
        double unit =
                switch (text.substring(end).toUpperCase(Locale.ROOT)) {
                    case "" -> 1;
                    case "K" -> base;
                    case "M" -> base * base;
                    case "G" -> base * base * base;
                    default -> throw new IllegalArgumentException("'" + text + "' is not a " + kind);
                };
        return toLong(text, end, unit, kind);
    }

    private static int unitStart(String text) {
        int end = 0;
        while (end < text.length() && (Character.digit(text.charAt(end), 10) >= 0 || text.charAt(end) == '.')) {
            end++;
        }
        return end;
    }

    private static long toLong(String text, int end, double unit, String kind) {
        try {
            double value = Double.parseDouble(text.substring(0, end)) * unit;
            if (value <= 1e18) {
                return Math.round(value);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a " + kind, e);
        }
        throw new IllegalArgumentException("'" + text + "' is too large");
    }
}
