package io.penstock.node.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What we have set at the host, in the order in which it was first set, and what was there before. An entry is made before its change,
 * so a value that is neither before nor ours was set by somebody else. Not thread-safe; {@link JournalFile} keeps it.
 */
final class Journal {
    /**
     * One thing.
     *
     * @param before its value without us
     * @param ours values that we have set or were about to set
     */
    record Entry(String before, List<String> ours) {
        Entry {
            ours = List.copyOf(ours);
        }
    }

    private final SequencedMap<HostItem, Entry> entries;

    Journal() {
        this(new LinkedHashMap<>());
    }

    private Journal(SequencedMap<HostItem, Entry> entries) {
        this.entries = entries;
    }

    /** The things, the oldest first. */
    List<HostItem> items() {
        return List.copyOf(entries.keySet());
    }

    @Nullable Entry find(HostItem item) {
        return entries.get(item);
    }

    void put(HostItem item, Entry entry) {
        entries.put(item, entry);
    }

    void forget(HostItem item) {
        entries.remove(item);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    Journal copy() {
        return new Journal(new LinkedHashMap<>(entries));
    }

    /** Lines of an entry each: item, value before, our values, with tabs between them. */
    String text() {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<HostItem, Entry> entry : entries.entrySet()) {
            out.append(entry.getKey().text())
                    .append('\t')
                    .append(entry.getValue().before());
            entry.getValue().ours().forEach(value -> out.append('\t').append(value));
            out.append('\n');
        }
        return out.toString();
    }

    /**
     * Reads {@link #text}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static Journal parse(List<String> lines) {
        Journal journal = new Journal();
        for (String line : lines) {
            List<String> fields = new ArrayList<>(List.of(line.split("\t", -1)));
            if (fields.size() < 2) {
                throw new IllegalArgumentException("not an entry of a journal: " + line);
            }
            journal.put(HostItem.parse(fields.getFirst()), new Entry(fields.get(1), fields.subList(2, fields.size())));
        }
        return journal;
    }
}
