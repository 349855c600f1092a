package io.penstock.server.saml;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a provider has signed about somebody, judged. Immutable; the texts are the provider's and may be anything.
 *
 * @param id which no other of this provider has
 * @param name what it calls them
 * @param nameFormat of which kind that name is
 * @param sessionIndex what it calls the session in which they signed in; null if it does not say
 * @param sessionEnds from when on that session is over; null if it does not say
 * @param authnContext how they signed in; empty if it does not say
 * @param attributes by their names, each with all of its values that are text
 */
public record Assertion(
        String id,
        String name,
        String nameFormat,
        @Nullable String sessionIndex,
        @Nullable Instant sessionEnds,
        String authnContext,
        Map<String, List<String>> attributes) {
    public Assertion {
        attributes = Map.copyOf(attributes);
    }

    /** Shows nobody's data. */
    @Override
    public String toString() {
        return "Assertion[" + id + "]";
    }
}
