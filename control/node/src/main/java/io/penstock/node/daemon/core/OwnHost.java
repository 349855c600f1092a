package io.penstock.node.daemon.core;

import io.penstock.node.route.Networks;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The host of a node: what it is connected to, when it is looked at again, and whether it looks as it was asked to. */
final class OwnHost {
    private final HostRounds rounds = new HostRounds();
    private Networks networks = Networks.NONE;
    private String trouble = "";
    private List<String> notes = List.of();
    private String left = "";

    HostRounds rounds() {
        return rounds;
    }

    Networks networks() {
        return networks;
    }

    void networks(Networks around) {
        networks = around;
    }

    /** Why it does not look as it was asked to; empty if it does. */
    String trouble() {
        return trouble;
    }

    List<String> notes() {
        return notes;
    }

    /** What could not be put back; empty for nothing. */
    String left() {
        return left;
    }

    /** As {@link NodeCore#onHost} is told. */
    void onShaped(
            @Nullable String why, List<String> remarks, List<String> putBack, long tookNs, long nowNs, Instant now) {
        rounds.onDone(tookNs, putBack, nowNs, now);
        trouble = why == null ? "" : why;
        notes = List.copyOf(remarks);
    }

    void onRestored(@Nullable String why) {
        left = why == null ? "" : why;
    }

    /** Nothing is asked of it any more. */
    void release() {
        rounds.clear();
        trouble = "";
        notes = List.of();
    }
}
