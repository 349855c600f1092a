package io.penstock.node.daemon.core;

import io.penstock.node.api.CoordinatorStatus;
import io.penstock.node.api.CoordinatorStatus.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How the node gets on with its coordinator: what the status says of it. */
final class CoordinatorView {
    private State state = State.OFF;
    private @Nullable Instant since;
    private String trouble = "";

    void become(State next, Instant now) {
        if (state != next) {
            state = next;
            since = now;
        }
        if (next == State.CONNECTED || next == State.OFF) {
            trouble = "";
        }
    }

    void trouble(String text) {
        trouble = text;
    }

    State state() {
        return state;
    }

    /** When it became so, or null. */
    @Nullable Instant since() {
        return since;
    }

    String trouble() {
        return trouble;
    }

    CoordinatorStatus status(String url, String domain, @Nullable Instant mapAt, boolean cached, Instant now) {
        Long ageMs = mapAt == null
                ? null
                : state == State.CONNECTED ? 0L : Math.max(0, now.toEpochMilli() - mapAt.toEpochMilli());
        return new CoordinatorStatus(state, url, domain, since, ageMs, cached, trouble);
    }
}
