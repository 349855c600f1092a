package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * How a node resolves names.
 *
 * @param resolvers for everything; empty leaves it to the system
 * @param routes by suffix; no resolvers: answered by the node from its map
 * @param domains search list; the first is the tailnet's own
 * @param proxied names of nodes are resolved
 */
public record DnsConfig(
        @JsonProperty("Resolvers") List<DnsResolver> resolvers,
        @JsonProperty("Routes") Map<String, List<DnsResolver>> routes,
        @JsonProperty("FallbackResolvers") List<DnsResolver> fallbackResolvers,
        @JsonProperty("Domains") List<String> domains,
        @JsonProperty("Proxied") boolean proxied,
        @JsonProperty("CertDomains") List<String> certDomains,
        @JsonProperty("ExtraRecords") List<DnsRecord> extraRecords,
        @JsonProperty("ExitNodeFilteredSet") List<String> exitNodeFilteredSet) {
    public DnsConfig {
        resolvers = Zero.list(resolvers);
        routes = Zero.lists(routes);
        fallbackResolvers = Zero.list(fallbackResolvers);
        domains = Zero.list(domains);
        certDomains = Zero.list(certDomains);
        extraRecords = Zero.list(extraRecords);
        exitNodeFilteredSet = Zero.list(exitNodeFilteredSet);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.resolvers = resolvers;
        b.routes = routes;
        b.fallbackResolvers = fallbackResolvers;
        b.domains = domains;
        b.proxied = proxied;
        b.certDomains = certDomains;
        b.extraRecords = extraRecords;
        b.exitNodeFilteredSet = exitNodeFilteredSet;
        return b;
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private List<DnsResolver> resolvers = List.of();
        private Map<String, List<DnsResolver>> routes = Map.of();
        private List<DnsResolver> fallbackResolvers = List.of();
        private List<String> domains = List.of();
        private boolean proxied;
        private List<String> certDomains = List.of();
        private List<DnsRecord> extraRecords = List.of();
        private List<String> exitNodeFilteredSet = List.of();

        private Builder() {}

        public Builder resolvers(List<DnsResolver> value) {
            resolvers = value;
            return this;
        }

        public Builder routes(Map<String, List<DnsResolver>> value) {
            routes = value;
            return this;
        }

        public Builder fallbackResolvers(List<DnsResolver> value) {
            fallbackResolvers = value;
            return this;
        }

        public Builder domains(List<String> value) {
            domains = value;
            return this;
        }

        public Builder proxied(boolean value) {
            proxied = value;
            return this;
        }

        public Builder certDomains(List<String> value) {
            certDomains = value;
            return this;
        }

        public Builder extraRecords(List<DnsRecord> value) {
            extraRecords = value;
            return this;
        }

        public Builder exitNodeFilteredSet(List<String> value) {
            exitNodeFilteredSet = value;
            return this;
        }

        public DnsConfig build() {
            return new DnsConfig(
                    resolvers,
                    routes,
                    fallbackResolvers,
                    domains,
                    proxied,
                    certDomains,
                    extraRecords,
                    exitNodeFilteredSet);
        }
    }
}
