package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of the network as others see it, or as it sees itself. Times that are zero mean "never".
 *
 * @param id positive, below 2<sup>53</sup>, never used again
 * @param stableId unique too, as text
 * @param name with the domain and a final dot: {@code host.tailnet.example.}
 * @param user the id of a {@link UserProfile}
 * @param keyExpiry the key is not valid from then on
 * @param machine need not be told to peers
 * @param discoKey without it stock peers do not talk to the node
 * @param addresses its own, one /32 and one /128
 * @param allowedIps what may come from it: addresses and the routes it serves; null: just its addresses
 * @param endpoints where it may be reached directly
 * @param legacyDerp home relay as old nodes have it, {@code 127.3.3.40:region}
 * @param homeDerp region of its home relay, 0 for none
 * @param cap its capability version
 * @param tags who it is, if it is nobody's
 * @param primaryRoutes subnet routes that it serves now, exit routes left out
 * @param lastSeen left out while it is online
 * @param online null if not known
 * @param machineAuthorized has to be true on the node itself
 * @param capabilities for versions before 74
 * @param capMap attributes; what counts is mostly their presence
 * @param isWireGuardOnly speaks plain WireGuard, without disco and relays
 * @param isJailed may not start connections to this node
 */
public record Node(
        @JsonProperty("ID") @JsonInclude(JsonInclude.Include.ALWAYS)
        long id,

        @JsonProperty("StableID") @JsonInclude(JsonInclude.Include.ALWAYS)
        String stableId,

        @JsonProperty("Name") @JsonInclude(JsonInclude.Include.ALWAYS)
        String name,

        @JsonProperty("User") @JsonInclude(JsonInclude.Include.ALWAYS)
        long user,

        @JsonProperty("Sharer") long sharer,

        @JsonProperty("Key") @JsonInclude(JsonInclude.Include.ALWAYS)
        NodeKey key,

        @JsonProperty("KeyExpiry") @JsonInclude(JsonInclude.Include.ALWAYS)
        Instant keyExpiry,

        @JsonProperty("Machine") @JsonInclude(JsonInclude.Include.ALWAYS)
        MachineKey machine,

        @JsonProperty("DiscoKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        DiscoKey discoKey,

        @JsonProperty("Addresses") @JsonInclude(JsonInclude.Include.ALWAYS)
        List<Prefix> addresses,

        @JsonProperty("AllowedIPs") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Prefix> allowedIps,

        @JsonProperty("Endpoints") List<Endpoint> endpoints,
        @JsonProperty("DERP") String legacyDerp,
        @JsonProperty("HomeDERP") int homeDerp,

        @JsonProperty("Hostinfo") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Hostinfo hostinfo,

        @JsonProperty("Created") @JsonInclude(JsonInclude.Include.ALWAYS)
        Instant created,

        @JsonProperty("Cap") int cap,
        @JsonProperty("Tags") List<String> tags,
        @JsonProperty("PrimaryRoutes") List<Prefix> primaryRoutes,

        @JsonProperty("LastSeen") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant lastSeen,

        @JsonProperty("Online") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean online,

        @JsonProperty("MachineAuthorized") boolean machineAuthorized,
        @JsonProperty("Capabilities") List<String> capabilities,
        @JsonProperty("CapMap") Map<String, List<RawJson>> capMap,
        @JsonProperty("UnsignedPeerAPIOnly") boolean unsignedPeerApiOnly,
        @JsonProperty("Expired") boolean expired,
        @JsonProperty("SelfNodeV4MasqAddrForThisPeer") String selfNodeV4MasqAddr,
        @JsonProperty("SelfNodeV6MasqAddrForThisPeer") String selfNodeV6MasqAddr,
        @JsonProperty("IsWireGuardOnly") boolean isWireGuardOnly,
        @JsonProperty("IsJailed") boolean isJailed,
        @JsonProperty("ExitNodeDNSResolvers") List<DnsResolver> exitNodeDnsResolvers) {
    public Node {
        stableId = Zero.text(stableId);
        name = Zero.text(name);
        key = key == null ? NodeKey.ZERO : key;
        keyExpiry = Zero.time(keyExpiry);
        machine = machine == null ? MachineKey.ZERO : machine;
        discoKey = discoKey == null ? DiscoKey.ZERO : discoKey;
        addresses = Zero.list(addresses);
        allowedIps = allowedIps == null ? null : Zero.list(allowedIps);
        endpoints = Zero.list(endpoints);
        legacyDerp = Zero.text(legacyDerp);
        created = Zero.time(created);
        tags = Zero.list(tags);
        primaryRoutes = Zero.list(primaryRoutes);
        capabilities = Zero.list(capabilities);
        capMap = Zero.lists(capMap);
        selfNodeV4MasqAddr = Zero.text(selfNodeV4MasqAddr);
        selfNodeV6MasqAddr = Zero.text(selfNodeV6MasqAddr);
        exitNodeDnsResolvers = Zero.list(exitNodeDnsResolvers);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.id = id;
        b.stableId = stableId;
        b.name = name;
        b.user = user;
        b.sharer = sharer;
        b.key = key;
        b.keyExpiry = keyExpiry;
        b.machine = machine;
        b.discoKey = discoKey;
        b.addresses = addresses;
        b.allowedIps = allowedIps;
        b.endpoints = endpoints;
        b.legacyDerp = legacyDerp;
        b.homeDerp = homeDerp;
        b.hostinfo = hostinfo;
        b.created = created;
        b.cap = cap;
        b.tags = tags;
        b.primaryRoutes = primaryRoutes;
        b.lastSeen = lastSeen;
        b.online = online;
        b.machineAuthorized = machineAuthorized;
        b.capabilities = capabilities;
        b.capMap = capMap;
        b.unsignedPeerApiOnly = unsignedPeerApiOnly;
        b.expired = expired;
        b.selfNodeV4MasqAddr = selfNodeV4MasqAddr;
        b.selfNodeV6MasqAddr = selfNodeV6MasqAddr;
        b.isWireGuardOnly = isWireGuardOnly;
        b.isJailed = isJailed;
        b.exitNodeDnsResolvers = exitNodeDnsResolvers;
        return b;
    }

    /** What may come from it: its allowed IPs, or its addresses if those are not given. */
    public List<Prefix> acceptedPrefixes() {
        return allowedIps == null ? addresses : allowedIps;
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private long id;
        private String stableId = "";
        private String name = "";
        private long user;
        private long sharer;
        private NodeKey key = NodeKey.ZERO;
        private Instant keyExpiry = GoTime.ZERO;
        private MachineKey machine = MachineKey.ZERO;
        private DiscoKey discoKey = DiscoKey.ZERO;
        private List<Prefix> addresses = List.of();
        private @Nullable List<Prefix> allowedIps;
        private List<Endpoint> endpoints = List.of();
        private String legacyDerp = "";
        private int homeDerp;
        private @Nullable Hostinfo hostinfo;
        private Instant created = GoTime.ZERO;
        private int cap;
        private List<String> tags = List.of();
        private List<Prefix> primaryRoutes = List.of();
        private @Nullable Instant lastSeen;
        private @Nullable Boolean online;
        private boolean machineAuthorized;
        private List<String> capabilities = List.of();
        private Map<String, List<RawJson>> capMap = Map.of();
        private boolean unsignedPeerApiOnly;
        private boolean expired;
        private String selfNodeV4MasqAddr = "";
        private String selfNodeV6MasqAddr = "";
        private boolean isWireGuardOnly;
        private boolean isJailed;
        private List<DnsResolver> exitNodeDnsResolvers = List.of();

        private Builder() {}

        public Builder id(long value) {
            id = value;
            return this;
        }

        public Builder stableId(String value) {
            stableId = value;
            return this;
        }

        public Builder name(String value) {
            name = value;
            return this;
        }

        public Builder user(long value) {
            user = value;
            return this;
        }

        public Builder sharer(long value) {
            sharer = value;
            return this;
        }

        public Builder key(NodeKey value) {
            key = value;
            return this;
        }

        public Builder keyExpiry(Instant value) {
            keyExpiry = value;
            return this;
        }

        public Builder machine(MachineKey value) {
            machine = value;
            return this;
        }

        public Builder discoKey(DiscoKey value) {
            discoKey = value;
            return this;
        }

        public Builder addresses(List<Prefix> value) {
            addresses = value;
            return this;
        }

        public Builder allowedIps(@Nullable List<Prefix> value) {
            allowedIps = value;
            return this;
        }

        public Builder endpoints(List<Endpoint> value) {
            endpoints = value;
            return this;
        }

        public Builder legacyDerp(String value) {
            legacyDerp = value;
            return this;
        }

        public Builder homeDerp(int value) {
            homeDerp = value;
            return this;
        }

        public Builder hostinfo(@Nullable Hostinfo value) {
            hostinfo = value;
            return this;
        }

        public Builder created(Instant value) {
            created = value;
            return this;
        }

        public Builder cap(int value) {
            cap = value;
            return this;
        }

        public Builder tags(List<String> value) {
            tags = value;
            return this;
        }

        public Builder primaryRoutes(List<Prefix> value) {
            primaryRoutes = value;
            return this;
        }

        public Builder lastSeen(@Nullable Instant value) {
            lastSeen = value;
            return this;
        }

        public Builder online(@Nullable Boolean value) {
            online = value;
            return this;
        }

        public Builder machineAuthorized(boolean value) {
            machineAuthorized = value;
            return this;
        }

        public Builder capabilities(List<String> value) {
            capabilities = value;
            return this;
        }

        public Builder capMap(Map<String, List<RawJson>> value) {
            capMap = value;
            return this;
        }

        public Builder unsignedPeerApiOnly(boolean value) {
            unsignedPeerApiOnly = value;
            return this;
        }

        public Builder expired(boolean value) {
            expired = value;
            return this;
        }

        public Builder selfNodeV4MasqAddr(String value) {
            selfNodeV4MasqAddr = value;
            return this;
        }

        public Builder selfNodeV6MasqAddr(String value) {
            selfNodeV6MasqAddr = value;
            return this;
        }

        public Builder isWireGuardOnly(boolean value) {
            isWireGuardOnly = value;
            return this;
        }

        public Builder isJailed(boolean value) {
            isJailed = value;
            return this;
        }

        public Builder exitNodeDnsResolvers(List<DnsResolver> value) {
            exitNodeDnsResolvers = value;
            return this;
        }

        public Node build() {
            return new Node(
                    id,
                    stableId,
                    name,
                    user,
                    sharer,
                    key,
                    keyExpiry,
                    machine,
                    discoKey,
                    addresses,
                    allowedIps,
                    endpoints,
                    legacyDerp,
                    homeDerp,
                    hostinfo,
                    created,
                    cap,
                    tags,
                    primaryRoutes,
                    lastSeen,
                    online,
                    machineAuthorized,
                    capabilities,
                    capMap,
                    unsignedPeerApiOnly,
                    expired,
                    selfNodeV4MasqAddr,
                    selfNodeV6MasqAddr,
                    isWireGuardOnly,
                    isJailed,
                    exitNodeDnsResolvers);
        }
    }
}
