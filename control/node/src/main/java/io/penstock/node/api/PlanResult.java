package io.penstock.node.api;

import java.util.List;

/**
 * What would be done to the host.
 *
 * @param changes one a line, in their order, as a person who knows {@code ip} and {@code nft} reads them
 * @param notes what is not known before the node has a map
 */
@Message
public record PlanResult(List<String> changes, List<String> notes) {
    public PlanResult {
        changes = Zero.list(changes);
        notes = Zero.list(notes);
    }
}
