package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsSettingsTest {
    private static final Nameserver ONE = new Nameserver("9.9.9.9");

    @ParameterizedTest
    @CsvSource({
        "1.1.1.1, 1.1.1.1",
        "10.0.0.53:5353, 10.0.0.53:5353",
        "127.0.0.1, 127.0.0.1",
        "2620:fe::fe, 2620:fe::fe",
        "2001:0DB8::0053, 2001:db8::53",
        "[2001:db8::53]:53, [2001:db8::53]:53",
        "https://dns.google/dns-query, https://dns.google/dns-query",
        "https://dns.nextdns.io/abc123, https://dns.nextdns.io/abc123"
    })
    void readsNameservers(String text, String read) {
        assertEquals(read, new Nameserver(text).text());
    }

    @ParameterizedTest
    @CsvSource({
        "'', an address such as",
        "dns.example.org, an address such as",
        "1.1.1, an address such as",
        "01.1.1.1, an address such as",
        "1.1.1.1:0, a port is 1 to 65535",
        "1.1.1.1:65536, a port is 1 to 65535",
        "1.1.1.1:, a port is 1 to 65535",
        "[1.1.1.1]:53, with brackets",
        "[2001:db8::53], with brackets",
        "fe80::1%eth0, an address such as",
        "100.100.100.100, ask itself",
        "100.100.100.100:53, ask itself",
        "fd7a:115c:a1e0::53, ask itself",
        "0.0.0.0, no server",
        "::, no server",
        "224.0.0.251, no server",
        "255.255.255.255, no server",
        "ff02::fb, no server",
        "http://10.0.0.1/dns-query, DNS over HTTPS",
        "https://dns.google, DNS over HTTPS",
        "https://u:p@dns.google/q, DNS over HTTPS",
        "https://dns.google/q?x=1, DNS over HTTPS",
        "tls://1.1.1.1, DNS over HTTPS"
    })
    void saysWhatIsNoNameserver(String text, String why) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> new Nameserver(text))
                .getMessage());
        assertTrue(message.startsWith("'" + text + "' is not a nameserver: ") && message.contains(why), message);
    }

    private static String refusal(
            List<Nameserver> nameservers, boolean override, List<String> search, Map<String, List<Nameserver>> split) {
        return String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> new DnsSettings(nameservers, override, search, new TreeMap<>(split)))
                .getMessage());
    }

    @Test
    void saysWhatMakesNoSense() {
        assertTrue(refusal(List.of(), true, List.of(), Map.of()).contains("nodes would have none"));
        assertEquals(
                "one of the nameservers of all names is there twice",
                refusal(List.of(ONE, ONE), false, List.of(), Map.of()));
        assertEquals(
                "the search domain a.example is there twice",
                refusal(List.of(), false, List.of("a.example", "a.example"), Map.of()));
        assertEquals(
                "no nameserver for a.example; leave the suffix out",
                refusal(List.of(), false, List.of(), Map.of("a.example", List.of())));
        assertEquals(
                "more than 10 nameservers of a.example",
                refusal(List.of(), false, List.of(), Map.of("a.example", Collections.nCopies(11, ONE))));
        assertEquals(
                "more than 20 search domains",
                refusal(
                        List.of(),
                        false,
                        IntStream.range(0, 21).mapToObj(i -> "s" + i).toList(),
                        Map.of()));
        SortedMap<String, List<Nameserver>> many = new TreeMap<>();
        IntStream.range(0, 201).forEach(i -> many.put("s" + i, List.of(ONE)));
        assertTrue(refusal(List.of(), false, List.of(), many).contains("more than 200 suffixes"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "A.example", "a_b", "a b", "-a", "*.example"})
    void saysWhatIsNoSuffix(String suffix) {
        String message = refusal(List.of(), false, List.of(suffix), Map.of());
        assertTrue(message.startsWith("'" + suffix + "' is not a DNS suffix"), message);
        assertEquals(message, refusal(List.of(), false, List.of(), Map.of(suffix, List.of(ONE))));
    }

    @Test
    void theDomainsOwnSuffixIsItsOwn() {
        DnsSettings split =
                new DnsSettings(List.of(), false, List.of(), new TreeMap<>(Map.of("home.example", List.of(ONE))));
        DnsSettings search = new DnsSettings(List.of(), false, List.of("home.example"), new TreeMap<>());

        assertThrows(IllegalArgumentException.class, () -> split.checkWithin("home.example"));
        assertThrows(IllegalArgumentException.class, () -> search.checkWithin("home.example"));
        split.checkWithin("other.example");
        new DnsSettings(List.of(), false, List.of(), new TreeMap<>(Map.of("corp.home.example", List.of(ONE))))
                .checkWithin("home.example");
    }
}
