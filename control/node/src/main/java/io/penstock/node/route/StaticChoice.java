package io.penstock.node.route;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses which allowed IPs of static peers lead to them, by the rules that hold for routes of the map ({@link RouteChoice}). That the
 * operator has named them makes them wanted, also as part of a network that the node serves as a hub. Not thread-safe; pure.
 */
public final class StaticChoice {
    /**
     * A prefix that is not taken.
     *
     * @param reason a sentence for people that names the prefix
     * @param isOverlap whether the same addresses are in use on both sides, which is for people to settle
     */
    public record Refused(NodeKey peer, Prefix prefix, String reason, boolean isOverlap) {}

    private final HostRanges host;
    private final Map<Prefix, String> owners;
    private final List<Refused> refused = new ArrayList<>();

    /**
     * Begins with what others have.
     *
     * @param addresses of the node in the overlay
     * @param served by the node to others
     * @param connected what the host is connected to, the tunnel's interface left out
     * @param owners names of the peers of the map that prefixes lead to
     */
    public StaticChoice(
            Collection<Prefix> addresses,
            Collection<Prefix> served,
            Collection<Connected> connected,
            Map<Prefix, String> owners) {
        host = new HostRanges(addresses, served, connected);
        this.owners = new HashMap<>(owners);
    }

    /**
     * Takes what a peer may have, in its order; no prefix goes to two.
     *
     * @param name the peer's for people
     * @param isExitNode whether the operator has chosen it as exit node
     */
    public List<Prefix> choose(NodeKey peer, String name, List<Prefix> allowed, boolean isExitNode) {
        List<Prefix> taken = new ArrayList<>();
        for (Prefix prefix : allowed) {
            HostRanges.Refusal refusal = refusal(prefix, name, isExitNode);
            if (refusal == null) {
                owners.put(prefix, name);
                taken.add(prefix);
            } else {
                String reason = prefix + " of " + name + " is not used: " + refusal.why() + '.';
                refused.add(new Refused(peer, prefix, reason, refusal.isOverlap()));
            }
        }
        return List.copyOf(taken);
    }

    private HostRanges.@Nullable Refusal refusal(Prefix prefix, String name, boolean isExitNode) {
        if (Prefixes.isDefault(prefix)) {
            return isExitNode
                    ? null
                    : new HostRanges.Refusal(
                            name + " is not the chosen exit node; `penstock set --exit-node " + name
                                    + "` makes it that",
                            false);
        }
        HostRanges.Refusal refusal = host.refusal(prefix, true);
        String owner = owners.get(prefix);
        return refusal == null && owner != null ? new HostRanges.Refusal(owner + " has it", false) : refusal;
    }

    /** What was not taken so far, of whichever peer. */
    public List<Refused> refused() {
        return List.copyOf(refused);
    }
}
