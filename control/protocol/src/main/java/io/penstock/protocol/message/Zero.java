package io.penstock.protocol.message;

import io.penstock.protocol.json.GoTime;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What JSON left out, as Go would have it: zero values, and immutable copies of the rest in their order. */
final class Zero {
    private Zero() {}

    static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    static Instant time(@Nullable Instant value) {
        return value == null ? GoTime.ZERO : value;
    }

    /** Without the elements that are null: values that exist here as little as a zero address does. */
    static <T> List<T> list(@Nullable List<T> value) {
        if (value == null) {
            return List.of();
        }
        for (T element : value) { // List.contains(null) would throw on immutable ones
            if (element == null) {
                return value.stream().filter(Objects::nonNull).toList();
            }
        }
        return List.copyOf(value);
    }

    static <K, V> Map<K, V> map(@Nullable Map<K, V> value) {
        if (value == null || value.isEmpty()) {
            return Map.of();
        }
        Map<K, V> copy = new LinkedHashMap<>(value); // in order: the same message has the same bytes each time
        copy.values().removeIf(Objects::isNull);
        return Collections.unmodifiableMap(copy);
    }

    static <K, V> Map<K, List<V>> lists(@Nullable Map<K, List<V>> value) {
        if (value == null || value.isEmpty()) {
            return Map.of();
        }
        Map<K, List<V>> copy = new LinkedHashMap<>();
        value.forEach((key, list) -> copy.put(key, list(list)));
        return Collections.unmodifiableMap(copy);
    }

    static <K, V> Map<K, @Nullable List<V>> nullableMap(Map<K, @Nullable List<V>> value) {
        Map<K, @Nullable List<V>> copy = new LinkedHashMap<>();
        value.forEach((key, list) -> copy.put(key, list == null ? null : list(list)));
        return Collections.unmodifiableMap(copy);
    }
}
