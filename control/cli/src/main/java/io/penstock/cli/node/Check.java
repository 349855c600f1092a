package io.penstock.cli.node;

import java.util.Optional;

/** How well a node has to do, for probes. Each asks for more than the one before. */
enum Check {
    /** The daemon answers. */
    LIVE,
    /** It forwards, by a network map of before perhaps. */
    READY,
    /** It is connected to its coordinator, serves all of its networks, and nothing is broken. */
    ACTIVE;

    /** Why it is not met; empty if it is. */
    Optional<String> failure(Reply status) {
        return switch (this) {
            case LIVE -> Optional.empty();
            case READY -> unready(status);
            case ACTIVE -> unready(status).or(() -> inactive(status));
        };
    }

    private static Optional<String> unready(Reply status) {
        String state = status.text("state");
        return state.equals("running") ? Optional.empty() : Optional.of("the node is " + state);
    }

    private static Optional<String> inactive(Reply status) {
        Reply coordinator = status.at("coordinator");
        if (!coordinator.text("url").isEmpty() && !coordinator.text("state").equals("connected")) {
            return Optional.of("the coordinator is " + coordinator.text("state"));
        }
        for (String lan : status.at("self").texts("lan")) {
            if (!coordinator.text("url").isEmpty()
                    && !status.at("self").texts("approved").contains(lan)) {
                return Optional.of(lan + " waits for approval at the coordinator");
            }
        }
        return status.items("health").stream()
                .filter(item -> item.text("severity").equals("error"))
                .map(item -> item.text("text"))
                .findFirst();
    }
}
