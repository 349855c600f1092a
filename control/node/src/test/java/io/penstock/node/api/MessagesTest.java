package io.penstock.node.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.route.Prefix;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessagesTest {
    private static final NodeKey KEY = NodeKey.parse(NodeKey.PREFIX + "1b".repeat(32));
    private static final StaticPeer PEER =
            new StaticPeer("branch", KEY, List.of(Prefix.parse("10.9.0.0/24")), "192.0.2.1:51820", 25);

    @Test
    void readsEveryRequestBack() throws MalformedMessageException {
        PreferencesChange change = PreferencesChange.builder()
                .server("https://vpn.example.org")
                .lan(List.of(Prefix.parse("10.1.0.0/24")))
                .snat(false)
                .build();
        for (Request request : List.of(
                new Request.Version(),
                new Request.GetStatus(),
                new Request.Watch(),
                new Request.Get(),
                new Request.GetRelays(),
                new Request.Ping("b", PingType.TSMP, 100),
                new Request.DebugPath("b"),
                new Request.Plan(change),
                new Request.Up(change, "secret", true, 5000),
                new Request.Down(),
                new Request.Set(change),
                new Request.Logout(),
                new Request.ImportPeers(List.of(PEER), Map.of("branch", "psk")),
                new Request.RemovePeer("branch"))) {
            byte[] json = request.encode();

            assertEquals(request, Request.decode(json, 0, json.length));
        }
    }

    @Test
    void refusesWhatIsNoRequest() {
        for (String json : List.of("{}", "[]", "{\"verb\":\"dance\"}", "{\"verb\":\"up\",\"changes\":7}", "null", "")) {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            assertThrows(MalformedMessageException.class, () -> Request.decode(bytes, 0, bytes.length), json);
        }
    }

    @Test
    void showsNoSecretAsText() {
        assertFalse(new Request.Up(PreferencesChange.NONE, "canary", false, 0)
                .toString()
                .contains("canary"));
        assertFalse(new Request.ImportPeers(List.of(PEER), Map.of("branch", "canary"))
                .toString()
                .contains("canary"));
    }

    @Test
    void onlyReadingVerbsAreForAll() throws MalformedMessageException {
        for (String verb :
                List.of("plan", "up", "down", "set", "logout", "import-peers", "remove-peer", "preshared-key")) {
            byte[] json = ("{\"verb\":\"" + verb + "\"}").getBytes(StandardCharsets.UTF_8);
            assertFalse(Request.decode(json, 0, json.length).isReading(), verb);
        }
        for (String verb : List.of("version", "status", "watch", "get", "relays", "ping", "debug-path")) {
            byte[] json = ("{\"verb\":\"" + verb + "\"}").getBytes(StandardCharsets.UTF_8);
            assertTrue(Request.decode(json, 0, json.length).isReading(), verb);
        }
    }

    @Test
    void statusNamesEveryFieldAsDocumented() {
        Status status = new Status(
                Status.SCHEMA,
                "1",
                NodeState.NEEDS_LOGIN,
                null,
                null,
                List.of(new PeerStatus(
                        "b",
                        "b.example",
                        List.of("100.64.0.2"),
                        "alice",
                        "linux",
                        KEY,
                        true,
                        null,
                        false,
                        false,
                        List.of(),
                        new PeerPath(PeerPath.Kind.DIRECT, "192.0.2.1:5", null, Instant.EPOCH, 1.5, null),
                        null,
                        1,
                        0,
                        false)),
                List.of(new RouteStatus(Prefix.parse("10.0.0.0/8"), "b", RouteStatus.State.REJECTED, "overlaps")),
                new CoordinatorStatus(
                        CoordinatorStatus.State.UNREACHABLE, "https://c.example", "d", null, 5L, true, "no route"),
                List.of(new HealthItem("x", HealthItem.Severity.WARNING, "t", "f")));

        assertEquals(
                "{\"schema\":1,\"version\":\"1\",\"state\":\"needs-login\",\"login_url\":null,\"self\":null,\"peers\":[{"
                        + "\"name\":\"b\",\"full_name\":\"b.example\",\"overlay\":[\"100.64.0.2\"],\"user\":\"alice\","
                        + "\"os\":\"linux\",\"node_key\":\"" + KEY + "\",\"online\":true,\"last_seen\":null,"
                        + "\"is_static\":false,\"is_exit_node\":false,\"routes\":[],\"path\":{\"kind\":\"direct\","
                        + "\"addr\":\"192.0.2.1:5\",\"relay\":null,\"since\":\"1970-01-01T00:00:00Z\",\"rtt_ms\":1.5,"
                        + "\"mtu\":null},\"last_handshake\":null,\"rx_bytes\":1,\"tx_bytes\":0,\"has_preshared_key\":false}],\"routes\":[{"
                        + "\"prefix\":\"10.0.0.0/8\",\"via\":\"b\",\"state\":\"rejected\",\"why\":\"overlaps\"}],"
                        + "\"coordinator\":{\"state\":\"unreachable\",\"url\":\"https://c.example\",\"domain\":\"d\","
                        + "\"since\":null,\"map_age_ms\":5,\"cached\":true,\"trouble\":\"no route\"},\"health\":[{"
                        + "\"code\":\"x\",\"severity\":\"warning\",\"text\":\"t\",\"fix\":\"f\"}]}",
                new String(Json.write(status), StandardCharsets.UTF_8));
    }

    @Test
    void answersComeBack() throws MalformedMessageException {
        for (Answer answer : List.of(
                Answer.event(
                        new UpEvent.LoginNeeded("https://c.example/login/1", "https://c.example/device", "BCDF-GHJK")),
                Answer.event(new UpEvent.Trouble("no route", 1000)),
                Answer.result(Preferences.DEFAULT),
                Answer.error(ApiError.Code.NOT_PERMITTED, "use sudo"))) {
            assertEquals(answer, Answer.decode(answer.encode()));
        }
        UpEvent running = new UpEvent.State(NodeState.RUNNING);
        assertEquals(running, Answer.value(raw(running), UpEvent.class));
        assertEquals(Preferences.DEFAULT, Answer.value(raw(Preferences.DEFAULT), Preferences.class));
    }

    private static RawJson raw(Object message) {
        return new RawJson(new String(Json.write(message), StandardCharsets.UTF_8));
    }

    @Test
    void changesOnlyWhatIsNamed() {
        Preferences before = PreferencesChange.builder()
                .server("https://c.example")
                .snat(true)
                .build()
                .apply(Preferences.DEFAULT);
        Preferences after = PreferencesChange.builder().hostname("hq").build().apply(before);
        Preferences reset =
                PreferencesChange.builder().reset(true).hostname("hq").build().apply(before);

        assertTrue(after.snat());
        assertEquals("https://c.example", after.server());
        assertFalse(reset.snat());
        assertEquals("hq", reset.hostname());
    }

    @Test
    void refusesPreferencesThatCannotWork() {
        for (PreferencesChange bad : List.of(
                PreferencesChange.builder().server("vpn.example.org").build(),
                PreferencesChange.builder().server("https://a/b").build(),
                PreferencesChange.builder().serverPin("abc").build(),
                PreferencesChange.builder().hostname("a b").build(),
                PreferencesChange.builder()
                        .lan(List.of(Prefix.parse("0.0.0.0/0")))
                        .build(),
                PreferencesChange.builder().tags(List.of("site")).build(),
                PreferencesChange.builder().interfaceName("../../x").build(),
                PreferencesChange.builder()
                        .interfaceName("a-name-that-is-too-long")
                        .build(),
                PreferencesChange.builder().mtu(1000).build(),
                PreferencesChange.builder().port(70_000).build())) {
            assertThrows(IllegalArgumentException.class, () -> bad.apply(Preferences.DEFAULT), bad.toString());
        }
    }
}
