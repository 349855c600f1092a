package io.penstock.node.path.core;

import java.util.List;

/**
 * All that is known of the path to one peer, at one moment, to be shown.
 *
 * @param isTrusted whether the direct path has answered lately
 * @param isBusy whether packets are sent
 * @param region where it is reached by relay, 0 for nowhere
 * @param notes what happened, the oldest first
 * @param dropped how many older ones there were
 * @param nowNs the moment, by the clock of the notes
 */
public record PathDetail(
        PathView view,
        boolean isTrusted,
        boolean isBusy,
        int region,
        boolean isRelayDown,
        List<CandidateView> candidates,
        List<PathNote> notes,
        long dropped,
        long nowNs) {
    public PathDetail {
        candidates = List.copyOf(candidates);
        notes = List.copyOf(notes);
    }
}
