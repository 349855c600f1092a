package io.penstock.server.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.NetInfo;
import io.penstock.protocol.message.Service;
import io.penstock.server.Seeded;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Host;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.Routes;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToldTest {
    private final MachineCounters counters = new MachineCounters();
    private final Told told = new Told(counters);

    private static final DiscoKey DISCO = DiscoKey.of(bytes(7));
    private static final Contact BEFORE = new Contact(DISCO, List.of(NodeEndpoint.parse("192.0.2.9:9", 2)), 901);

    private static byte[] bytes(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void whatChangesByItselfIsNotOfTheHost() {
        Hostinfo info = Hostinfo.builder()
                .hostname("web")
                .os("linux")
                .backendLogId("secret")
                .netInfo(NetInfo.builder().preferredDerp(900).build())
                .build();
        Host host = told.host(info, 131);
        assertEquals("{\"OS\":\"linux\",\"Hostname\":\"web\"}", host.info());
        assertEquals("web", host.name());
    }

    @Test
    void hostThatSaysTooMuchIsCut() {
        List<Service> services = Collections.nCopies(5000, new Service("tcp", 80, "x".repeat(40)));
        Host host = told.host(
                Hostinfo.builder()
                        .hostname("h".repeat(5000))
                        .os("o".repeat(70_000))
                        .services(services)
                        .build(),
                131);
        assertEquals(Host.MAX_NAME_LENGTH, host.name().length());
        assertTrue(host.info().length() < 2 * Host.MAX_NAME_LENGTH + 100, host.info());
        assertEquals(1, counters.hostInfoCut());
    }

    @Test
    void reportWithoutNetInfoOrDiscoKeyLeavesThemAsTheyWere() {
        Contact contact = told.contact(
                MapRequest.builder().hostinfo(Hostinfo.builder().build()).build(), BEFORE);
        assertEquals(901, contact.homeRelay());
        assertEquals(DISCO, contact.disco());
        assertEquals(List.of(), contact.endpoints());
    }

    @Test
    void homeRelayThatIsNoneIsNone() {
        Hostinfo info = Hostinfo.builder()
                .netInfo(NetInfo.builder().preferredDerp(-5).build())
                .build();
        assertEquals(
                0,
                told.contact(MapRequest.builder().hostinfo(info).build(), BEFORE)
                        .homeRelay());
    }

    @Test
    void endpointsBeyondTheirNumberOrOfNoUseAreDropped() {
        List<Endpoint> endpoints = new ArrayList<>();
        endpoints.add(Endpoint.parse("192.0.2.1:0"));
        for (int i = 1; i <= Contact.MAX_ENDPOINTS + 5; i++) {
            endpoints.add(Endpoint.parse("192.0.2.1:" + i));
        }
        Contact contact = told.contact(
                MapRequest.builder()
                        .endpoints(endpoints)
                        .endpointTypes(List.of(1, 2, 99, -1))
                        .build(),
                BEFORE);
        assertEquals(Contact.MAX_ENDPOINTS, contact.endpoints().size());
        assertEquals(6, counters.endpointsDropped());
        assertEquals(NodeEndpoint.parse("192.0.2.1:1", 2), contact.endpoints().get(0));
        assertEquals(NodeEndpoint.parse("192.0.2.1:2", 0), contact.endpoints().get(1), "a kind that is none");
        assertEquals(NodeEndpoint.parse("192.0.2.1:3", 0), contact.endpoints().get(2), "a kind that is none");
        assertEquals(NodeEndpoint.parse("192.0.2.1:4", 0), contact.endpoints().get(3), "a kind that is missing");
    }

    @Test
    void routesBeyondTheirNumberAreDropped() {
        List<Prefix> prefixes = new ArrayList<>();
        for (int i = 0; i < Routes.MAX_COUNT + 3; i++) {
            prefixes.add(Prefix.v4(i << 8, 24));
        }
        assertEquals(
                Routes.MAX_COUNT,
                told.routes(Hostinfo.builder().routableIps(prefixes).build()).size());
        assertEquals(3, counters.routesDropped());
    }

    @Test
    void linkIsReadBackFromItsAddress() {
        Token link = Token.create(TokenKind.LINK, new Seeded(1));
        for (String base : List.of("https://vpn.example", "https://vpn.example/", "http://[::1]:8080/a/")) {
            String url = new LoginLinks(URI.create(base)).of(link);
            assertTrue(url.startsWith(base.endsWith("/") ? base : base + "/"), url);
            assertFalse(url.substring(8).contains("//"), url);
            assertEquals(link.reveal(), LoginLinks.secretOf(url));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"vpn.example", "ftp://vpn.example", "https:///x", "https://a/?q", "https://a/#f", "https://u@a/"
            })
    void addressThatIsNoServersIsRefused(String url) {
        assertThrows(IllegalArgumentException.class, () -> new LoginLinks(URI.create(url)));
    }
}
