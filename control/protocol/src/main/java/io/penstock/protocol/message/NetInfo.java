package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node found out about its network. A null truth value means that it does not know.
 *
 * @param mappingVariesByDestIp behind a NAT that is hard to get through
 * @param preferredDerp region of its home relay, 0 for none yet
 * @param derpLatency seconds, by region and family: {@code "900-v4"}
 */
public record NetInfo(
        @JsonProperty("MappingVariesByDestIP") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean mappingVariesByDestIp,

        @JsonProperty("WorkingIPv6") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean workingIpv6,

        @JsonProperty("OSHasIPv6") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean osHasIpv6,

        @JsonProperty("WorkingUDP") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean workingUdp,

        @JsonProperty("WorkingICMPv4") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean workingIcmpv4,

        @JsonProperty("HavePortMap") boolean havePortMap,

        @JsonProperty("UPnP") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean upnp,

        @JsonProperty("PMP") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean pmp,

        @JsonProperty("PCP") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean pcp,

        @JsonProperty("PreferredDERP") int preferredDerp,
        @JsonProperty("LinkType") String linkType,
        @JsonProperty("DERPLatency") Map<String, Double> derpLatency,
        @JsonProperty("FirewallMode") String firewallMode) {
    public NetInfo {
        linkType = Zero.text(linkType);
        derpLatency = Zero.map(derpLatency);
        firewallMode = Zero.text(firewallMode);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.mappingVariesByDestIp = mappingVariesByDestIp;
        b.workingIpv6 = workingIpv6;
        b.osHasIpv6 = osHasIpv6;
        b.workingUdp = workingUdp;
        b.workingIcmpv4 = workingIcmpv4;
        b.havePortMap = havePortMap;
        b.upnp = upnp;
        b.pmp = pmp;
        b.pcp = pcp;
        b.preferredDerp = preferredDerp;
        b.linkType = linkType;
        b.derpLatency = derpLatency;
        b.firewallMode = firewallMode;
        return b;
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private @Nullable Boolean mappingVariesByDestIp;
        private @Nullable Boolean workingIpv6;
        private @Nullable Boolean osHasIpv6;
        private @Nullable Boolean workingUdp;
        private @Nullable Boolean workingIcmpv4;
        private boolean havePortMap;
        private @Nullable Boolean upnp;
        private @Nullable Boolean pmp;
        private @Nullable Boolean pcp;
        private int preferredDerp;
        private String linkType = "";
        private Map<String, Double> derpLatency = Map.of();
        private String firewallMode = "";

        private Builder() {}

        public Builder mappingVariesByDestIp(@Nullable Boolean value) {
            mappingVariesByDestIp = value;
            return this;
        }

        public Builder workingIpv6(@Nullable Boolean value) {
            workingIpv6 = value;
            return this;
        }

        public Builder osHasIpv6(@Nullable Boolean value) {
            osHasIpv6 = value;
            return this;
        }

        public Builder workingUdp(@Nullable Boolean value) {
            workingUdp = value;
            return this;
        }

        public Builder workingIcmpv4(@Nullable Boolean value) {
            workingIcmpv4 = value;
            return this;
        }

        public Builder havePortMap(boolean value) {
            havePortMap = value;
            return this;
        }

        public Builder upnp(@Nullable Boolean value) {
            upnp = value;
            return this;
        }

        public Builder pmp(@Nullable Boolean value) {
            pmp = value;
            return this;
        }

        public Builder pcp(@Nullable Boolean value) {
            pcp = value;
            return this;
        }

        public Builder preferredDerp(int value) {
            preferredDerp = value;
            return this;
        }

        public Builder linkType(String value) {
            linkType = value;
            return this;
        }

        public Builder derpLatency(Map<String, Double> value) {
            derpLatency = value;
            return this;
        }

        public Builder firewallMode(String value) {
            firewallMode = value;
            return this;
        }

        public NetInfo build() {
            return new NetInfo(
                    mappingVariesByDestIp,
                    workingIpv6,
                    osHasIpv6,
                    workingUdp,
                    workingIcmpv4,
                    havePortMap,
                    upnp,
                    pmp,
                    pcp,
                    preferredDerp,
                    linkType,
                    derpLatency,
                    firewallMode);
        }
    }
}
