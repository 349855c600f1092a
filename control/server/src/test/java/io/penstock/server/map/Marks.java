package io.penstock.server.map;

import java.util.HashSet;
import java.util.Set;

/** Words that occur in one domain only: keys, endpoints, names. They must not turn up in what another domain is told. */
final class Marks {
    private final String suffix;
    private final Set<String> words = new HashSet<>();

    /**
     * The marks of a domain.
     *
     * @param suffix that ends all its names, and no word of another domain
     */
    Marks(String suffix) {
        this.suffix = suffix;
    }

    <T> T mark(T word) {
        words.add(word.toString());
        return word;
    }

    void checkAbsent(String json) {
        if (json.contains(suffix)) {
            throw new AssertionError(suffix + " is in another domain's map: " + json);
        }
        for (String word : json.split("\"", -1)) {
            if (words.contains(word)) {
                throw new AssertionError(word + " is in another domain's map: " + json);
            }
        }
    }
}
