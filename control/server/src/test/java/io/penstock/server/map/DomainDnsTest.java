package io.penstock.server.map;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.protocol.json.Json;
import io.penstock.server.Samples;
import io.penstock.server.TestClock;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Nameserver;
import io.penstock.server.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fields that stock clients read, as the protocol has them: global, split, fallback, search, records. */
class DomainDnsTest {
    @TempDir
    private Path parent;

    private String told(DnsSettings settings, boolean withRecord) {
        try (Store store = Samples.store(parent, new TestClock())) {
            return store.write(tx -> {
                Domain domain = Samples.domain(tx, "home");
                tx.dnsSettings().set(domain.id(), settings);
                if (withRecord) {
                    tx.dnsRecords().add(domain.id(), "db.corp.example", "A", "100.64.0.9");
                }
                return new String(Json.write(DomainDns.read(tx, domain.id()).message(domain)), UTF_8);
            });
        }
    }

    @Test
    void nothingIsSetAtFirst() {
        assertEquals(
                "{\"Routes\":{\"home.example\":[]},\"Domains\":[\"home.example\"],\"Proxied\":true}",
                told(DnsSettings.NONE, false));
    }

    @Test
    void allOfItIsInItsPlace() {
        DnsSettings settings = new DnsSettings(
                List.of(new Nameserver("1.1.1.1"), new Nameserver("https://dns.google/dns-query")),
                true,
                List.of("corp.example", "lab"),
                new TreeMap<>(Map.of(
                        "corp.example",
                        List.of(new Nameserver("10.0.0.53"), new Nameserver("[2001:db8::53]:5353")),
                        "10.in-addr.arpa",
                        List.of(new Nameserver("10.0.0.54:53")))));

        assertEquals(
                "{\"Resolvers\":[{\"Addr\":\"1.1.1.1\"},{\"Addr\":\"https://dns.google/dns-query\"}],"
                        + "\"Routes\":{\"10.in-addr.arpa\":[{\"Addr\":\"10.0.0.54:53\"}],"
                        + "\"corp.example\":[{\"Addr\":\"10.0.0.53\"},{\"Addr\":\"[2001:db8::53]:5353\"}],\"home.example\":[]},"
                        + "\"Domains\":[\"home.example\",\"corp.example\",\"lab\"],\"Proxied\":true,"
                        + "\"ExtraRecords\":[{\"Name\":\"db.corp.example\",\"Type\":\"A\",\"Value\":\"100.64.0.9\"}]}",
                told(settings, true));
    }

    @Test
    void nameserversThatDoNotOverrideAreAFallback() {
        DnsSettings settings = new DnsSettings(List.of(new Nameserver("9.9.9.9")), false, List.of(), new TreeMap<>());

        assertEquals(
                "{\"Routes\":{\"home.example\":[]},\"FallbackResolvers\":[{\"Addr\":\"9.9.9.9\"}],"
                        + "\"Domains\":[\"home.example\"],\"Proxied\":true}",
                told(settings, false));
    }
}
