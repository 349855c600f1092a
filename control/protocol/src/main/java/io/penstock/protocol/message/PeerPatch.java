package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A small change of one peer. Null, zero and empty mean unchanged, so that endpoints cannot be taken away by a patch. Nodes
 * ignore patches of peers that they do not know.
 *
 * @param derpRegion new home relay
 */
public record PeerPatch(
        @JsonProperty("NodeID") @JsonInclude(JsonInclude.Include.ALWAYS)
        long nodeId,

        @JsonProperty("DERPRegion") int derpRegion,
        @JsonProperty("Cap") int cap,

        @JsonProperty("CapMap") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, List<RawJson>> capMap,

        @JsonProperty("Endpoints") List<Endpoint> endpoints,

        @JsonProperty("Key") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable NodeKey key,

        @JsonProperty("DiscoKey") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DiscoKey discoKey,

        @JsonProperty("Online") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean online,

        @JsonProperty("LastSeen") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant lastSeen,

        @JsonProperty("KeyExpiry") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant keyExpiry) {
    public PeerPatch {
        capMap = capMap == null ? null : Zero.lists(capMap);
        endpoints = Zero.list(endpoints);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.nodeId = nodeId;
        b.derpRegion = derpRegion;
        b.cap = cap;
        b.capMap = capMap;
        b.endpoints = endpoints;
        b.key = key;
        b.discoKey = discoKey;
        b.online = online;
        b.lastSeen = lastSeen;
        b.keyExpiry = keyExpiry;
        return b;
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private long nodeId;
        private int derpRegion;
        private int cap;
        private @Nullable Map<String, List<RawJson>> capMap;
        private List<Endpoint> endpoints = List.of();
        private @Nullable NodeKey key;
        private @Nullable DiscoKey discoKey;
        private @Nullable Boolean online;
        private @Nullable Instant lastSeen;
        private @Nullable Instant keyExpiry;

        private Builder() {}

        public Builder nodeId(long value) {
            nodeId = value;
            return this;
        }

        public Builder derpRegion(int value) {
            derpRegion = value;
            return this;
        }

        public Builder cap(int value) {
            cap = value;
            return this;
        }

        public Builder capMap(@Nullable Map<String, List<RawJson>> value) {
            capMap = value;
            return this;
        }

        public Builder endpoints(List<Endpoint> value) {
            endpoints = value;
            return this;
        }

        public Builder key(@Nullable NodeKey value) {
            key = value;
            return this;
        }

        public Builder discoKey(@Nullable DiscoKey value) {
            discoKey = value;
            return this;
        }

        public Builder online(@Nullable Boolean value) {
            online = value;
            return this;
        }

        public Builder lastSeen(@Nullable Instant value) {
            lastSeen = value;
            return this;
        }

        public Builder keyExpiry(@Nullable Instant value) {
            keyExpiry = value;
            return this;
        }

        public PeerPatch build() {
            return new PeerPatch(
                    nodeId, derpRegion, cap, capMap, endpoints, key, discoKey, online, lastSeen, keyExpiry);
        }
    }
}
