package io.penstock.server.web;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Times as people read them. Stateless. */
final class Times {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Times() {}

    static String day(Instant at) {
        return DAY.format(at);
    }

    static Html minute(Instant at) {
        return Html.of(Tag.TIME, List.of(Attribute.datetime(at.toString())), MINUTE.format(at));
    }

    /** How long it was before now, in one unit. */
    static String ago(Instant at, Instant now) {
        Duration past = Duration.between(at, now);
        if (past.toMinutes() < 1) {
            return "just now";
        }
        if (past.toHours() < 1) {
            return past.toMinutes() + " min ago";
        }
        return past.toDays() < 2 ? past.toHours() + " h ago" : past.toDays() + " days ago";
    }
}
