package io.penstock.server.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderHttpTest {
    private final HttpClient client = ProviderHttp.newClient();
    private final ProviderHttp allowed = new ProviderHttp(client, true);
    private final ProviderHttp strict = new ProviderHttp(client, false);

    @AfterEach
    void close() {
        client.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "172.31.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "::1",
                "::",
                "fe80::1",
                "fd00::1",
                "::ffff:127.0.0.1",
                "64:ff9b::a00:1",
                "2002:0a00:0001::1",
                "224.0.0.1",
                "255.255.255.255",
                "198.18.0.1",
                "192.0.0.8"
            })
    void localAddressesAreNotOfTheInternet(String address) throws UnknownHostException {
        assertFalse(Addresses.isPublic(InetAddress.getByName(address)), address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2a00::1", "64:ff9b::808:808"})
    void othersAre(String address) throws UnknownHostException {
        assertTrue(Addresses.isPublic(InetAddress.getByName(address)), address);
    }

    @Test
    void asksNoPrivateAddressUnlessAllowed() throws IOException {
        try (FakeProvider provider = new FakeProvider()) {
            URI keys = URI.create(provider.issuer() + "/keys");
            assertTrue(allowed.get(keys).contains("\"kty\""));
            assertTrue(fault(strict, keys).contains("private address"), fault(strict, keys));
            assertEquals(1, provider.askedFor("/keys"));
        }
    }

    private static String fault(ProviderHttp http, URI uri) {
        return String.valueOf(
                assertThrows(IOException.class, () -> http.get(uri)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/", "http://user@127.0.0.1/", "jar:file:/x!/y"})
    void asksNothingButTheWeb(String uri) {
        assertTrue(fault(allowed, URI.create(uri)).contains("not an address"), uri);
    }

    @Test
    void neverAsksTheInternetWithoutTls() {
        assertTrue(fault(allowed, URI.create("http://203.0.113.1/")).contains("without TLS"));
    }

    @Test
    void followsNoRedirect() throws IOException {
        try (FakeProvider provider = new FakeProvider()) {
            String fault = fault(allowed, URI.create(provider.issuer() + "/elsewhere?secret=1"));
            assertTrue(fault.contains("leads elsewhere") && !fault.contains("secret"), fault);
            assertEquals(0, provider.askedFor("/keys"));
        }
    }

    @Test
    void readsSoMuchAndNoMore() throws IOException {
        HttpServer endless = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endless.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] part = new byte[64 * 1024];
            try (exchange) {
                for (int i = 0; i < 1000; i++) {
                    exchange.getResponseBody().write(part);
                }
            }
        });
        endless.start();
        try {
            String fault = fault(
                    allowed,
                    URI.create("http://127.0.0.1:" + endless.getAddress().getPort() + "/"));
            assertTrue(fault.contains("more than " + ProviderHttp.MAX_BODY_BYTES), fault);
        } finally {
            endless.stop(0);
        }
    }

    @Test
    void descriptionOfAnotherIssuerIsRefused() throws IOException {
        try (FakeProvider fake = new FakeProvider();
                Providers providers = new Providers()) {
            IdentityProvider settings = fake.settings(1, "example", Admits.USERS);
            assertEquals(Optional.empty(), providers.faultOf(settings));

            fake.metadata.put("issuer", fake.issuer() + "/");
            assertTrue(providers.faultOf(settings).orElseThrow().contains("calls itself"));
            fake.metadata.clear();
            fake.metadata.put("token_endpoint", "http://169.254.169.254/latest");
            assertEquals(Optional.empty(), providers.faultOf(settings), "judged when it is asked");
            fake.metadata.put("token_endpoint", "ftp://example.test/");
            assertTrue(providers.faultOf(settings).isPresent());
            fake.metadata.clear();
            fake.metadata.put("jwks_uri", fake.issuer() + "/elsewhere");
            assertTrue(providers.faultOf(settings).orElseThrow().contains("leads elsewhere"));
        }
    }
}
