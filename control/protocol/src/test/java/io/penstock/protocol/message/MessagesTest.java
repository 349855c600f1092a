package io.penstock.protocol.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
    private static final int LIMIT = 1 << 20;
    private static final String KEY = "nodekey:" + "ab".repeat(32);
    private static final List<Class<? extends Record>> ALL = List.of(
            RegisterRequest.class,
            RegisterResponse.class,
            MapRequest.class,
            MapResponse.class,
            Node.class,
            Hostinfo.class,
            PingResponse.class,
            DerpAdmitRequest.class,
            DerpAdmitResponse.class);

    @Test
    void everyMessageSurvivesTheWire() throws MalformedMessageException {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        for (int round = 0; round < 400; round++) {
            Record message = random.next(seeded.pick(ALL));
            byte[] json = Json.write(message);
            assertEquals(message, Json.read(json, LIMIT, message.getClass()), seeded::toString);
        }
    }

    @Test
    void unknownFieldsAndOtherCapitalsChangeNothing() throws IOException, MalformedMessageException {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
        for (int round = 0; round < 100; round++) {
            Record message = random.next(seeded.pick(ALL));
            // Maps have names of their own, whose capitals count: only the outermost fields are renamed.
            ObjectNode tree = (ObjectNode) mapper.readTree(Json.write(message));
            ObjectNode strange = mapper.createObjectNode();
            strange.set("FromTheFuture", mapper.readTree("{\"a\":[1,{\"b\":null}]}"));
            tree.properties().forEach(field -> strange.set(field.getKey().toLowerCase(Locale.ROOT), field.getValue()));
            byte[] json = mapper.writeValueAsBytes(strange);
            assertEquals(message, Json.read(json, LIMIT, message.getClass()), seeded::toString);
        }
    }

    @Test
    void nullsInPlaceOfAnythingAreReadAsZero() throws IOException, MalformedMessageException {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
        for (int round = 0; round < 100; round++) {
            Record message = random.next(seeded.pick(ALL));
            JsonNode tree = mapper.readTree(Json.write(message));
            scatterNulls(tree, seeded);
            Json.read(mapper.writeValueAsBytes(tree), LIMIT, message.getClass());
        }
    }

    @Test
    void damagedMessagesAreReadOrRefusedAndNothingElse() {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            Record message = random.next(seeded.pick(ALL));
            byte[] json = damaged(Json.write(message), seeded);
            try {
                Json.read(json, LIMIT, message.getClass());
            } catch (MalformedMessageException e) {
                refused++;
                assertTrue(String.valueOf(e.getMessage()).length() < 2000, seeded::toString);
            } catch (RuntimeException e) {
                throw new AssertionError(seeded.toString(), e);
            }
        }
        assertTrue(refused > 500, "damage is noticed: " + refused);
    }

    @Test
    void registerRequestIsWrittenAsStockNodesDo() throws IOException {
        RegisterRequest request = RegisterRequest.builder()
                .version(131)
                .nodeKey(NodeKey.parse(KEY))
                .auth(new RegisterAuth("secret"))
                .hostinfo(Hostinfo.builder().os("linux").hostname("gw").build())
                .build();
        assertJson(
                "{'Version':131,'NodeKey':'" + KEY + "','OldNodeKey':'nodekey:" + "0".repeat(64)
                        + "','Auth':{'AuthKey':'secret'},'Expiry':'0001-01-01T00:00:00Z','Followup':'',"
                        + "'Hostinfo':{'OS':'linux','Hostname':'gw'}}",
                request.encode());
    }

    @Test
    void registerResponseAlwaysHasWhatNodesLookFor() throws IOException {
        assertJson(
                "{'User':{'ID':0,'DisplayName':''},'Login':{'ID':0,'Provider':'','LoginName':'','DisplayName':''},"
                        + "'NodeKeyExpired':false,'MachineAuthorized':false,'AuthURL':'https://c/register/1'}",
                RegisterResponse.builder()
                        .authUrl("https://c/register/1")
                        .build()
                        .encode());
    }

    @Test
    void logoutIsReadAsStockNodesSendIt() throws MalformedMessageException {
        RegisterRequest request = RegisterRequest.decode(
                ("{\"Version\":145,\"NodeKey\":\"" + KEY + "\",\"Expiry\":\"1970-01-01T00:02:03Z\",\"Hostinfo\":null}")
                        .getBytes(UTF_8));
        assertEquals(Instant.ofEpochSecond(123), request.expiry());
        assertTrue(request.oldNodeKey().isZero());
        assertNull(request.auth());
    }

    @Test
    void nilAndEmptyDifferWhereGoSaysSo() throws IOException, MalformedMessageException {
        assertJson("{}", Json.write(MapResponse.builder().build()));
        assertJson(
                "{'PacketFilter':[],'Health':[]}",
                Json.write(MapResponse.builder()
                        .packetFilter(List.of())
                        .health(List.of())
                        .build()));
        Map<String, @org.jspecify.annotations.Nullable List<FilterRule>> chunks = new HashMap<>();
        chunks.put("*", null);
        chunks.put("base", List.of());
        assertJson(
                "{'PacketFilters':{'*':null,'base':[]}}",
                Json.write(MapResponse.builder().packetFilters(chunks).build()));
        assertEquals(List.of(), read("{'Health':[]}").health());
        assertNull(read("{'Health':null}").health());
        var deleted =
                Objects.requireNonNull(read("{'PacketFilters':{'x':null}}").packetFilters());
        assertTrue(deleted.containsKey("x"));
        assertNull(deleted.get("x"));
        assertEquals(List.of(), read("{'Peers':null}").peers());
        assertEquals(
                List.of(),
                Objects.requireNonNull(
                                read("{'DNSConfig':{'Routes':{'a.':null}}}").dnsConfig())
                        .routes()
                        .get("a."));
        assertNull(Objects.requireNonNull(read("{'Node':{'AllowedIPs':null}}").node())
                .allowedIps());
        assertEquals(
                List.of(),
                Objects.requireNonNull(read("{'Node':{'AllowedIPs':[]}}").node())
                        .allowedIps());
    }

    @Test
    void falseIsNoAbsence() throws IOException, MalformedMessageException {
        assertJson(
                "{'PeersChangedPatch':[{'NodeID':7,'Online':false}]}",
                Json.write(MapResponse.builder()
                        .peersChangedPatch(List.of(
                                PeerPatch.builder().nodeId(7).online(false).build()))
                        .build()));
        assertEquals(Map.of(12L, false), read("{'OnlineChange':{'12':false}}").onlineChange());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Node':{'Online':'true'}}",
                "{'Node':{'Online':1}}",
                "{'Node':{'ID':'7'}}",
                "{'Node':{'ID':7.0}}",
                "{'Node':{'ID':9223372036854775808}}",
                "{'Node':{'Name':7}}",
                "{'Node':{'Key':'nodekey:00'}}",
                "{'Node':{'Key':7}}",
                "{'Node':{'Addresses':['100.64.0.1']}}",
                "{'Node':{'Endpoints':['host:1']}}",
                "{'Node':{'KeyExpiry':'tomorrow'}}",
                "{'Node':{'KeyExpiry':'10000-01-01T00:00:00Z'}}",
                "{'Node':[]}",
                "{'Peers':{}}",
                "{'PeersRemoved':['x']}",
                "{'OnlineChange':{'x':true}}",
                "{'DERPMap':{'Regions':{'x':{}}}}",
                "{} {}",
                "{",
                "[]",
                "null",
                "7",
                ""
            })
    void refusesOtherTypes(String json) {
        assertThrows(MalformedMessageException.class, () -> read(json));
    }

    @Test
    void refusesDeepNestingAndBrokenText() {
        String deep = "[".repeat(100) + "]".repeat(100);
        assertThrows(MalformedMessageException.class, () -> read("{'x':" + deep + "}"));
        assertThrows(
                MalformedMessageException.class,
                () -> Json.read(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}, LIMIT, MapResponse.class));
    }

    @Test
    void refusalDoesNotRepeatWhatWasRead() {
        MalformedMessageException refused = assertThrows(
                MalformedMessageException.class,
                () -> RegisterRequest.decode("{\"Auth\":{\"AuthKey\":[\"hskey-auth-1\"]}}".getBytes(UTF_8)));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("bad value of Auth.AuthKey"), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("hskey"), refused.getMessage());
    }

    @Test
    void authKeyIsNotInTheTextForm() {
        RegisterRequest request =
                RegisterRequest.builder().auth(new RegisterAuth("hskey-auth-1")).build();
        assertFalse(request.toString().contains("hskey"));
        assertEquals("RegisterAuth[]", new RegisterAuth("").toString());
    }

    @Test
    void endpointsThatMeanNothingElsewhereAreLeftOut() throws MalformedMessageException {
        MapRequest request = MapRequest.decode(
                "{\"Endpoints\":[\"1.2.3.4:5\",\"\",\"[fe80::1%eth0]:5\",\"[2001:db8::1]:5\",null]}".getBytes(UTF_8));
        assertEquals(List.of(Endpoint.parse("1.2.3.4:5"), Endpoint.parse("[2001:db8::1]:5")), request.endpoints());
    }

    @Test
    void tooLongIsRefusedBeforeItIsRead() {
        byte[] json = (" ".repeat(RegisterRequest.MAX_BYTES) + "{}").getBytes(UTF_8);
        assertThrows(MalformedMessageException.class, () -> RegisterRequest.decode(json));
    }

    @Test
    void timesHaveGosForm() throws MalformedMessageException {
        assertEquals("2026-01-02T03:04:05Z", GoTime.format(Instant.parse("2026-01-02T03:04:05Z")));
        assertEquals("2026-01-02T03:04:05.12Z", GoTime.format(Instant.parse("2026-01-02T03:04:05.120Z")));
        assertEquals("2026-01-02T03:04:05.000000001Z", GoTime.format(Instant.parse("2026-01-02T03:04:05.000000001Z")));
        assertEquals(Instant.parse("2026-01-02T01:04:05.5Z"), GoTime.parse("2026-01-02T03:04:05.5+02:00"));
        assertTrue(GoTime.isZero(GoTime.parse("0001-01-01T00:00:00Z")));
        assertThrows(IllegalArgumentException.class, () -> GoTime.format(Instant.MAX));
        assertThrows(IllegalArgumentException.class, () -> GoTime.parse("2026-01-02 03:04:05Z"));
        assertThrows(IllegalArgumentException.class, () -> GoTime.parse("0001-01-01T00:00:00+01:00"));
        assertEquals(
                GoTime.ZERO, Objects.requireNonNull(read("{'Node':{}}").node()).keyExpiry());
    }

    @Test
    void pingCarriesARequest() throws MalformedMessageException {
        byte[] request = "GET /echo HTTP/1.1\r\n\r\n".getBytes(UTF_8);
        PingRequest ping = PingRequest.c2n("https://unused/c2n/1", request);
        assertEquals(new String(request, UTF_8), new String(ping.decodePayload(), UTF_8));
        assertEquals("c2n", ping.types());
        assertThrows(MalformedMessageException.class, () -> new PingRequest("u", true, false, "c2n", "", "*")
                .decodePayload());
    }

    @Test
    void peersAreToldLittleOfAHost() throws IOException {
        Hostinfo host = new RandomMessages(Seeded.create())
                .next(Hostinfo.class).toBuilder()
                        .os("linux")
                        .hostname("gw")
                        .services(List.of())
                        .sshHostKeys(List.of())
                        .shieldsUp(false)
                        .build();
        assertJson("{'OS':'linux','Hostname':'gw'}", Json.write(host.forPeers()));
    }

    @Test
    void tellsPollsFromReports() {
        assertTrue(MapRequest.builder().omitPeers(true).build().isReport());
        assertFalse(MapRequest.builder().stream(true).omitPeers(true).build().isReport());
        assertFalse(MapRequest.builder().stream(true).build().isReport());
    }

    @Test
    void signsOfLifeChangeNothing() throws MalformedMessageException {
        assertTrue(read("{'KeepAlive':true}").isSignOfLife());
        assertTrue(read("{'ControlTime':'2026-01-02T03:04:05Z'}").isSignOfLife());
        assertFalse(read("{'Domain':'x'}").isSignOfLife());
        assertFalse(read("{'PacketFilter':[]}").isSignOfLife());
    }

    @Test
    void builderCopiesEverything() {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        for (int i = 0; i < 50; i++) {
            Node node = random.next(Node.class);
            assertEquals(node, node.toBuilder().build(), seeded::toString);
            Hostinfo hostinfo = random.next(Hostinfo.class);
            assertEquals(hostinfo, hostinfo.toBuilder().build(), seeded::toString);
            MapResponse response = random.next(MapResponse.class);
            assertEquals(response, response.toBuilder().build(), seeded::toString);
            assertNotEquals(node, node.toBuilder().id(node.id() + 1).build());
        }
    }

    private static MapResponse read(String json) throws MalformedMessageException {
        return Json.read(json.replace('\'', '"').getBytes(UTF_8), LIMIT, MapResponse.class);
    }

    private static void assertJson(String expected, byte[] json) throws IOException {
        ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
        assertEquals(mapper.readTree(expected.replace('\'', '"')), mapper.readTree(json));
    }

    private static void scatterNulls(JsonNode tree, Seeded seeded) {
        if (tree instanceof ObjectNode object) {
            for (String name :
                    List.copyOf(object.propertyStream().map(Map.Entry::getKey).toList())) {
                if (seeded.oneIn(4)) {
                    object.putNull(name);
                } else {
                    scatterNulls(object.get(name), seeded);
                }
            }
        } else if (tree instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (seeded.oneIn(4)) {
                    array.setNull(i);
                } else {
                    scatterNulls(array.get(i), seeded);
                }
            }
        }
    }

    private static byte[] damaged(byte[] json, Seeded seeded) {
        byte[] copy = json.clone();
        for (int i = 1 + seeded.below(3); i > 0 && copy.length > 0; i--) {
            int at = seeded.below(copy.length);
            switch (seeded.below(3)) {
                case 0 -> copy[at] = (byte) seeded.nextInt();
                case 1 -> copy[at] = (byte) "{}[]\",:0-9eE.\\utfn ".charAt(seeded.below(19));
                default -> copy = java.util.Arrays.copyOf(copy, at);
            }
        }
        return copy;
    }
}
