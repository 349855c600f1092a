package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message of the map stream: the whole map, what changed in it, or only a sign of life. Every component may be missing, which
 * means unchanged; removed peers are taken away first, then changed ones put in, patches come last.
 *
 * @param keepAlive nothing else is in the message
 * @param node the node itself; has to be in the first message
 * @param peers all peers, sorted by id; empty is the same as missing
 * @param peersChanged new peers, and known ones to be replaced
 * @param peerSeenChange true: seen just now; false: not known when
 * @param packetFilter the same as the chunk {@code base}; an empty list lets nothing in
 * @param packetFilters chunks by name; null takes one away, and {@code *} with null all of them first
 * @param userProfiles to be merged by id
 * @param health problems to be shown; an empty list: none
 * @param controlTime the coordinator's clock
 */
public record MapResponse(
        @JsonProperty("MapSessionHandle") String mapSessionHandle,
        @JsonProperty("Seq") long seq,
        @JsonProperty("KeepAlive") boolean keepAlive,

        @JsonProperty("PingRequest") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable PingRequest pingRequest,

        @JsonProperty("PopBrowserURL") String popBrowserUrl,

        @JsonProperty("Node") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Node node,

        @JsonProperty("DERPMap") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DerpMap derpMap,

        @JsonProperty("Peers") List<Node> peers,
        @JsonProperty("PeersChanged") List<Node> peersChanged,
        @JsonProperty("PeersRemoved") List<Long> peersRemoved,
        @JsonProperty("PeersChangedPatch") List<PeerPatch> peersChangedPatch,
        @JsonProperty("PeerSeenChange") Map<Long, Boolean> peerSeenChange,
        @JsonProperty("OnlineChange") Map<Long, Boolean> onlineChange,

        @JsonProperty("DNSConfig") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable DnsConfig dnsConfig,

        @JsonProperty("Domain") String domain,

        @JsonProperty("CollectServices") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean collectServices,

        @JsonProperty("PacketFilter") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<FilterRule> packetFilter,

        @JsonProperty("PacketFilters") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, @Nullable List<FilterRule>> packetFilters,

        @JsonProperty("UserProfiles") List<UserProfile> userProfiles,

        @JsonProperty("Health") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> health,

        @JsonProperty("ControlTime") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant controlTime,

        @JsonProperty("Debug") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Debug debug,

        @JsonProperty("DomainDataPlaneAuditLogID") String domainDataPlaneAuditLogId) {
    public MapResponse {
        mapSessionHandle = Zero.text(mapSessionHandle);
        popBrowserUrl = Zero.text(popBrowserUrl);
        peers = Zero.list(peers);
        peersChanged = Zero.list(peersChanged);
        peersRemoved = Zero.list(peersRemoved);
        peersChangedPatch = Zero.list(peersChangedPatch);
        peerSeenChange = Zero.map(peerSeenChange);
        onlineChange = Zero.map(onlineChange);
        domain = Zero.text(domain);
        packetFilter = packetFilter == null ? null : Zero.list(packetFilter);
        packetFilters = packetFilters == null ? null : Zero.nullableMap(packetFilters);
        userProfiles = Zero.list(userProfiles);
        health = health == null ? null : Zero.list(health);
        domainDataPlaneAuditLogId = Zero.text(domainDataPlaneAuditLogId);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.mapSessionHandle = mapSessionHandle;
        b.seq = seq;
        b.keepAlive = keepAlive;
        b.pingRequest = pingRequest;
        b.popBrowserUrl = popBrowserUrl;
        b.node = node;
        b.derpMap = derpMap;
        b.peers = peers;
        b.peersChanged = peersChanged;
        b.peersRemoved = peersRemoved;
        b.peersChangedPatch = peersChangedPatch;
        b.peerSeenChange = peerSeenChange;
        b.onlineChange = onlineChange;
        b.dnsConfig = dnsConfig;
        b.domain = domain;
        b.collectServices = collectServices;
        b.packetFilter = packetFilter;
        b.packetFilters = packetFilters;
        b.userProfiles = userProfiles;
        b.health = health;
        b.controlTime = controlTime;
        b.debug = debug;
        b.domainDataPlaneAuditLogId = domainDataPlaneAuditLogId;
        return b;
    }

    /** Whether there is nothing in it to be applied to a map. */
    public boolean isSignOfLife() {
        return equals(builder()
                .keepAlive(keepAlive)
                .controlTime(controlTime)
                .mapSessionHandle(mapSessionHandle)
                .seq(seq)
                .build());
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private String mapSessionHandle = "";
        private long seq;
        private boolean keepAlive;
        private @Nullable PingRequest pingRequest;
        private String popBrowserUrl = "";
        private @Nullable Node node;
        private @Nullable DerpMap derpMap;
        private List<Node> peers = List.of();
        private List<Node> peersChanged = List.of();
        private List<Long> peersRemoved = List.of();
        private List<PeerPatch> peersChangedPatch = List.of();
        private Map<Long, Boolean> peerSeenChange = Map.of();
        private Map<Long, Boolean> onlineChange = Map.of();
        private @Nullable DnsConfig dnsConfig;
        private String domain = "";
        private @Nullable Boolean collectServices;
        private @Nullable List<FilterRule> packetFilter;
        private @Nullable Map<String, @Nullable List<FilterRule>> packetFilters;
        private List<UserProfile> userProfiles = List.of();
        private @Nullable List<String> health;
        private @Nullable Instant controlTime;
        private @Nullable Debug debug;
        private String domainDataPlaneAuditLogId = "";

        private Builder() {}

        public Builder mapSessionHandle(String value) {
            mapSessionHandle = value;
            return this;
        }

        public Builder seq(long value) {
            seq = value;
            return this;
        }

        public Builder keepAlive(boolean value) {
            keepAlive = value;
            return this;
        }

        public Builder pingRequest(@Nullable PingRequest value) {
            pingRequest = value;
            return this;
        }

        public Builder popBrowserUrl(String value) {
            popBrowserUrl = value;
            return this;
        }

        public Builder node(@Nullable Node value) {
            node = value;
            return this;
        }

        public Builder derpMap(@Nullable DerpMap value) {
            derpMap = value;
            return this;
        }

        public Builder peers(List<Node> value) {
            peers = value;
            return this;
        }

        public Builder peersChanged(List<Node> value) {
            peersChanged = value;
            return this;
        }

        public Builder peersRemoved(List<Long> value) {
            peersRemoved = value;
            return this;
        }

        public Builder peersChangedPatch(List<PeerPatch> value) {
            peersChangedPatch = value;
            return this;
        }

        public Builder peerSeenChange(Map<Long, Boolean> value) {
            peerSeenChange = value;
            return this;
        }

        public Builder onlineChange(Map<Long, Boolean> value) {
            onlineChange = value;
            return this;
        }

        public Builder dnsConfig(@Nullable DnsConfig value) {
            dnsConfig = value;
            return this;
        }

        public Builder domain(String value) {
            domain = value;
            return this;
        }

        public Builder collectServices(@Nullable Boolean value) {
            collectServices = value;
            return this;
        }

        public Builder packetFilter(@Nullable List<FilterRule> value) {
            packetFilter = value;
            return this;
        }

        public Builder packetFilters(@Nullable Map<String, @Nullable List<FilterRule>> value) {
            packetFilters = value;
            return this;
        }

        public Builder userProfiles(List<UserProfile> value) {
            userProfiles = value;
            return this;
        }

        public Builder health(@Nullable List<String> value) {
            health = value;
            return this;
        }

        public Builder controlTime(@Nullable Instant value) {
            controlTime = value;
            return this;
        }

        public Builder debug(@Nullable Debug value) {
            debug = value;
            return this;
        }

        public Builder domainDataPlaneAuditLogId(String value) {
            domainDataPlaneAuditLogId = value;
            return this;
        }

        public MapResponse build() {
            return new MapResponse(
                    mapSessionHandle,
                    seq,
                    keepAlive,
                    pingRequest,
                    popBrowserUrl,
                    node,
                    derpMap,
                    peers,
                    peersChanged,
                    peersRemoved,
                    peersChangedPatch,
                    peerSeenChange,
                    onlineChange,
                    dnsConfig,
                    domain,
                    collectServices,
                    packetFilter,
                    packetFilters,
                    userProfiles,
                    health,
                    controlTime,
                    debug,
                    domainDataPlaneAuditLogId);
        }
    }
}
