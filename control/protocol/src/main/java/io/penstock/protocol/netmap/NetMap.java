package io.penstock.protocol.netmap;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DnsConfig;
import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.UserProfile;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * The network as one node sees it, at one moment. Immutable, to be published by one reference.
 *
 * @param self the node itself
 * @param peers whom it may talk to, by id
 * @param derpMap the relays, null if the coordinator has not named any
 * @param dns null if the coordinator has not said anything
 * @param domain name of the tailnet, or empty
 * @param filterChunks rules by the name of their chunk, each allowing what it allows; without any chunk nothing may come in
 * @param users owners of nodes, by id
 * @param health what the coordinator wants to be shown
 * @param controlTime the coordinator's clock at its last message that told it, or null
 */
public record NetMap(
        Node self,
        NavigableMap<Long, Node> peers,
        @Nullable DerpMap derpMap,
        @Nullable DnsConfig dns,
        String domain,
        NavigableMap<String, List<FilterRule>> filterChunks,
        Map<Long, UserProfile> users,
        List<String> health,
        @Nullable Instant controlTime) {

    /** All rules of the packet filter. */
    public List<FilterRule> packetFilter() {
        return filterChunks.values().stream().flatMap(List::stream).toList();
    }
}
