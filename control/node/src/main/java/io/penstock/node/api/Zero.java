package io.penstock.node.api;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What JSON left out, as empty values. */
final class Zero {
    private Zero() {}

    static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    static <T> List<T> list(@Nullable List<T> value) {
        return value == null
                ? List.of()
                : value.stream().filter(Objects::nonNull).toList();
    }
}
