package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One relay.
 *
 * @param certName name to expect in its certificate, or {@code sha256-raw:} and the hash of it
 * @param ipv4 empty: ask the DNS; {@code none}: has none
 * @param stunPort 0: 3478, -1: no STUN
 * @param derpPort 0: 443
 */
public record DerpNode(
        @JsonProperty("Name") @JsonInclude(JsonInclude.Include.ALWAYS)
        String name,

        @JsonProperty("RegionID") @JsonInclude(JsonInclude.Include.ALWAYS)
        int regionId,

        @JsonProperty("HostName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String hostName,

        @JsonProperty("CertName") String certName,
        @JsonProperty("IPv4") String ipv4,
        @JsonProperty("IPv6") String ipv6,
        @JsonProperty("STUNPort") int stunPort,
        @JsonProperty("STUNOnly") boolean stunOnly,
        @JsonProperty("DERPPort") int derpPort,
        @JsonProperty("InsecureForTests") boolean insecureForTests,
        @JsonProperty("STUNTestIP") String stunTestIp,
        @JsonProperty("CanPort80") boolean canPort80) {
    public DerpNode {
        name = Zero.text(name);
        hostName = Zero.text(hostName);
        certName = Zero.text(certName);
        ipv4 = Zero.text(ipv4);
        ipv6 = Zero.text(ipv6);
        stunTestIp = Zero.text(stunTestIp);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.name = name;
        b.regionId = regionId;
        b.hostName = hostName;
        b.certName = certName;
        b.ipv4 = ipv4;
        b.ipv6 = ipv6;
        b.stunPort = stunPort;
        b.stunOnly = stunOnly;
        b.derpPort = derpPort;
        b.insecureForTests = insecureForTests;
        b.stunTestIp = stunTestIp;
        b.canPort80 = canPort80;
        return b;
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private String name = "";
        private int regionId;
        private String hostName = "";
        private String certName = "";
        private String ipv4 = "";
        private String ipv6 = "";
        private int stunPort;
        private boolean stunOnly;
        private int derpPort;
        private boolean insecureForTests;
        private String stunTestIp = "";
        private boolean canPort80;

        private Builder() {}

        public Builder name(String value) {
            name = value;
            return this;
        }

        public Builder regionId(int value) {
            regionId = value;
            return this;
        }

        public Builder hostName(String value) {
            hostName = value;
            return this;
        }

        public Builder certName(String value) {
            certName = value;
            return this;
        }

        public Builder ipv4(String value) {
            ipv4 = value;
            return this;
        }

        public Builder ipv6(String value) {
            ipv6 = value;
            return this;
        }

        public Builder stunPort(int value) {
            stunPort = value;
            return this;
        }

        public Builder stunOnly(boolean value) {
            stunOnly = value;
            return this;
        }

        public Builder derpPort(int value) {
            derpPort = value;
            return this;
        }

        public Builder insecureForTests(boolean value) {
            insecureForTests = value;
            return this;
        }

        public Builder stunTestIp(String value) {
            stunTestIp = value;
            return this;
        }

        public Builder canPort80(boolean value) {
            canPort80 = value;
            return this;
        }

        public DerpNode build() {
            return new DerpNode(
                    name,
                    regionId,
                    hostName,
                    certName,
                    ipv4,
                    ipv6,
                    stunPort,
                    stunOnly,
                    derpPort,
                    insecureForTests,
                    stunTestIp,
                    canPort80);
        }
    }
}
