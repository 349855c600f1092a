package io.penstock.protocol.json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Times in JSON: RFC 3339 with up to nine digits of a second. The first instant of year 1 is Go's zero time and stands for
 * "never" or "not known".
 */
public final class GoTime {
    /** {@code 0001-01-01T00:00:00Z}. */
    public static final Instant ZERO = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant END = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private GoTime() {}

    /** Whether this stands for "never" or "not known". */
    public static boolean isZero(Instant time) {
        return time.equals(ZERO);
    }

    /**
     * The text form, in UTC.
     *
     * @throws IllegalArgumentException outside of the years 1 to 9999, which the format cannot say
     */
    public static String format(Instant time) {
        if (time.isBefore(ZERO) || time.isAfter(END)) {
            throw new IllegalArgumentException("outside of the years 1 to 9999");
        }
        String text = DateTimeFormatter.ISO_INSTANT.format(time);
        int dot = text.indexOf('.');
        if (dot < 0) {
            return text;
        }
        int end = text.length() - 1; // the Z; Java prints 3, 6 or 9 digits, Go as few as it can
        while (text.charAt(end - 1) == '0') {
            end--;
        }
        return text.substring(0, end) + "Z";
    }

    /**
     * Reads a time with any offset from UTC.
     *
     * @throws IllegalArgumentException for anything else, or outside of the years 1 to 9999
     */
    public static Instant parse(String text) {
        try {
            Instant time = OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME)
                    .withOffsetSameInstant(ZoneOffset.UTC)
                    .toInstant();
            if (time.isBefore(ZERO) || time.isAfter(END)) {
                throw new IllegalArgumentException("outside of the years 1 to 9999");
            }
            return time;
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a time as RFC 3339 has it", e);
        }
    }
}
