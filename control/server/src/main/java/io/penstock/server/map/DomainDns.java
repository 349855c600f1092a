package io.penstock.server.map;

import io.penstock.protocol.message.DnsConfig;
import io.penstock.protocol.message.DnsResolver;
import io.penstock.server.model.DnsRecord;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Nameserver;
import io.penstock.server.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a domain has of names besides those of its nodes. Immutable. */
record DomainDns(List<DnsRecord> records, DnsSettings settings) {
    static DomainDns read(Transaction tx, long domainId) {
        return new DomainDns(tx.dnsRecords().list(domainId), tx.dnsSettings().get(domainId));
    }

    /**
     * As nodes are told it. Nameservers that override are the resolvers of everything; others are a fallback, which a node asks where
     * it has taken over its system's resolution and the system has told it of none.
     */
    DnsConfig message(Domain domain) {
        List<String> search = new ArrayList<>(List.of(domain.dnsSuffix()));
        search.addAll(settings.search());
        Map<String, List<DnsResolver>> routes = new TreeMap<>();
        settings.split().forEach((suffix, nameservers) -> routes.put(suffix, resolvers(nameservers)));
        routes.put(domain.dnsSuffix(), List.of()); // no resolvers: nodes answer from their map
        List<DnsResolver> all = resolvers(settings.nameservers());
        return DnsConfig.builder()
                .proxied(true)
                .domains(search)
                .resolvers(settings.overrideLocal() ? all : List.of())
                .fallbackResolvers(settings.overrideLocal() ? List.of() : all)
                .routes(routes)
                .extraRecords(records.stream()
                        .map(record -> new io.penstock.protocol.message.DnsRecord(
                                record.name(), record.type(), record.value()))
                        .toList())
                .build();
    }

    private static List<DnsResolver> resolvers(List<Nameserver> nameservers) {
        return nameservers.stream()
                .map(nameserver -> new DnsResolver(nameserver.text(), List.of()))
                .toList();
    }
}
