package io.penstock.server.model;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The tags of a node or key: {@code tag:} and a letter, then letters, digits and hyphens; sorted, without repetition. Immutable. */
public final class Tags {
    public static final Tags NONE = new Tags(new TreeSet<>());
    public static final int MAX_COUNT = 50;

    private static final Pattern FORM = Pattern.compile("tag:[a-zA-Z][a-zA-Z0-9-]{0,62}");

    private final SortedSet<String> names;

    private Tags(SortedSet<String> names) {
        this.names = Collections.unmodifiableSortedSet(names);
    }

    /**
     * The tags of these names.
     *
     * @throws IllegalArgumentException if one of them is no tag, or there are more than {@link #MAX_COUNT}
     */
    public static Tags of(Collection<String> names) {
        TreeSet<String> sorted = new TreeSet<>(names);
        for (String name : sorted) {
            if (!FORM.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "not a tag: " + name + " (tag: and a letter, then letters, digits and hyphens)");
            }
        }
        if (sorted.size() > MAX_COUNT) {
            throw new IllegalArgumentException("more than " + MAX_COUNT + " tags");
        }
        return new Tags(sorted);
    }

    /** Reads what {@link #toString} writes. */
    public static Tags parse(String text) {
        return text.isEmpty() ? NONE : of(List.of(text.split(" ")));
    }

    public SortedSet<String> names() {
        return names;
    }

    public boolean isEmpty() {
        return names.isEmpty();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Tags tags && names.equals(tags.names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    /** Separated by blanks. */
    @Override
    public String toString() {
        return String.join(" ", names);
    }
}
