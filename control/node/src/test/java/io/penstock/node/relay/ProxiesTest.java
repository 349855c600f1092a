package io.penstock.node.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {
    private static Proxies of(String proxy, String exceptions) {
        return Proxies.of(Map.of("HTTPS_PROXY", proxy, "NO_PROXY", exceptions));
    }

    @Test
    void reachesEverythingDirectlyUnlessToldOtherwise() throws IOException {
        assertNull(Proxies.of(Map.of("HTTP_PROXY", "http://p:1")).of("relay.example", 443));
        assertNull(Proxies.NONE.of("relay.example", 443));
    }

    @ParameterizedTest
    @CsvSource({
        "http://proxy.example:3128,     proxy.example, 3128, '', ''",
        "proxy.example:3128,            proxy.example, 3128, '', ''",
        "http://proxy.example,          proxy.example,   80, '', ''",
        "http://joe:s%3Acret@10.0.0.1:8080/, 10.0.0.1, 8080, joe, s:cret",
        "http://[2001:db8::1]:3128,     2001:db8::1,   3128, '', ''",
    })
    void readsAProxy(String text, String host, int port, String user, String password) throws IOException {
        Proxies.Proxy proxy = of(text, "").of("relay.example", 443);
        assertEquals(new Proxies.Proxy(host, port, user, password), proxy);
        assertFalse(password.length() > 0 && String.valueOf(proxy).contains(password), "it shows no password");
    }

    @Test
    void takesTheNameInCapitalsFirst() throws IOException {
        Proxies both = Proxies.of(Map.of("HTTPS_PROXY", "http://a:1", "https_proxy", "http://b:2"));
        assertEquals("a:1", String.valueOf(both.of("relay.example", 443)));
        Proxies small = Proxies.of(Map.of("https_proxy", "http://b:2", "no_proxy", "relay.example"));
        assertNull(small.of("relay.example", 443));
        assertEquals("b:2", String.valueOf(small.of("other.example", 443)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "relay.example",
                "example",
                ".example",
                "*.example",
                "other, RELAY.example ,",
                "relay.example:8443",
            })
    void exceptsByName(String exceptions) throws IOException {
        assertNull(of("http://p:1", exceptions).of("relay.Example", 8443));
    }

    @ParameterizedTest
    @ValueSource(strings = {"relay.example:443", "lay.example", ".relay.example", "10.0.0.0/8", "10.1.2.3", "1::/0"})
    void exceptsNoOtherName(String exceptions) throws IOException {
        assertNotNull(of("http://p:1", exceptions).of("relay.example", 8443));
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3,       10.1.2.3,      true",
        "10.1.2.3,       10.1.2.4,      false",
        "10.1.0.0/16,    10.1.2.3,      true",
        "10.1.0.0/16,    10.2.2.3,      false",
        "10.1.2.0/23,    10.1.3.9,      true",
        "10.1.0.0/33,    10.1.0.0,      false",
        "10.1.0.0/x,     10.1.0.0,      false",
        "2001:db8::/32,  2001:db8:1::1, true",
        "2001:db8::/32,  10.1.2.3,      false",
        "[2001:db8::1],  2001:db8::1,   true",
    })
    void exceptsByAddress(String exceptions, String host, boolean isDirect) throws IOException {
        assertEquals(isDirect, of("http://p:1", exceptions).of(host, 443) == null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
    void reachesThisMachineDirectly(String host) throws IOException {
        assertNull(of("http://p:1", "").of(host, 443));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://joe:secret@p:1", "socks5://joe:secret@p:1", "http://joe:secret@", "http://p:99999"})
    void saysWhatItCannotSpeakTo(String proxy) {
        IOException refused =
                assertThrows(IOException.class, () -> of(proxy, "").of("relay.example", 443));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("HTTPS_PROXY"), message);
        assertFalse(message.contains("secret"), "it shows no password");
    }
}
