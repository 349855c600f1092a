package io.penstock.server.http;

import io.penstock.server.api.Api;
import java.util.List;
import java.util.Optional;

/**
 * Who is behind the listener. A path goes to the first takeover that takes it, else to the pages if it is one, else to the API.
 *
 * @param takeovers asked in this order
 */
public record Doors(Api api, Pages pages, List<Takeover> takeovers) {
    public Doors {
        takeovers = List.copyOf(takeovers);
    }

    /** The API and nothing else. */
    public static Doors of(Api api) {
        return new Doors(api, Pages.NONE, List.of());
    }

    Optional<Takeover> takeover(String path) {
        for (Takeover takeover : takeovers) {
            if (takeover.takes(path)) {
                return Optional.of(takeover);
            }
        }
        return Optional.empty();
    }
}
