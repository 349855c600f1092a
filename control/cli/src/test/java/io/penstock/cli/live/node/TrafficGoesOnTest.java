package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sites whose traffic does not notice what their operators do meanwhile: other settings, and another key. */
@Tag("live")
class TrafficGoesOnTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final int REPEATED_MS = 6_000;

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"]}},
            }""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void nothingIsLostWhileSettingsAndTheKeyChange() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Site hostA = a.lan("10.1.0.");
            Site hostB = b.lan("10.2.0.");
            b.up("tag:gateway", "--lan", "10.2.0.0/24");
            a.up("tag:gateway", "--lan", "10.1.0.0/24");
            a.await("10.2.0.0/24 b active", "routes");
            b.await("10.1.0.0/24 a active", "routes");
            a.run("ping", "--until-direct", "b");
            hostA.awaitReach("10.2.0.2", LIMIT);

            NumberedFlow flow = new NumberedFlow(hostA, hostB, "10.2.0.2");
            moveOn(flow);
            String sessions = settledSessions(a);
            for (String settings : List.of(
                    "{\"lan\": [\"10.1.0.0/24\", \"10.11.0.0/24\"], \"snat\": true}",
                    "{\"clamp-mss\": false, \"hostname\": \"other\", \"accept-routes\": [\"10.2.0.0/16\"]}",
                    "{\"clamp-mss\": true, \"snat\": false}",
                    "{\"manage-nft\": false, \"lan\": [\"10.1.0.0/24\"]}",
                    "{\"manage-nft\": true}")) {
                Files.writeString(folder.resolve("a/penstock.conf"), settings);
                assertNotEquals("nothing to change\n", a.run("reload"), settings);
                moveOn(flow);
            }
            NumberedFlow.Outcome reloads = flow.end();
            System.out.println("five reloads: " + reloads);
            assertEquals(0, reloads.lost(), reloads::toString);
            assertEquals(0, reloads.twice(), reloads::toString);
            assertEquals(sessions, a.site.need("wg", "show", "pn-a", "latest-handshakes"), "no session was made anew");

            String key = a.site.need("wg", "show", "pn-a", "public-key");
            String peersOfB = b.site.need("wg", "show", "pn-b", "peers");
            NumberedFlow rotated = new NumberedFlow(hostA, hostB, "10.2.0.2");
            NumberedFlow back = new NumberedFlow(hostB, hostA, "10.1.0.2");
            moveOn(rotated);
            moveOn(back);
            a.run("up", "--login-again", "--auth-key", "file:" + internet.authKey("tag:gateway"), "--timeout", "25s");
            Await.until("another key", LIMIT, () -> !a.site.need("wg", "show", "pn-a", "public-key")
                    .equals(key));
            Await.until("the peer has it too", LIMIT, () -> !b.site.need("wg", "show", "pn-b", "peers")
                    .equals(peersOfB));
            Await.until("a session under it", LIMIT, () -> !a.site.need("wg", "show", "pn-a", "latest-handshakes")
                    .equals(sessions));
            moveOn(rotated);
            moveOn(rotated);
            moveOn(back);
            for (NumberedFlow.Outcome rotation : List.of(rotated.end(), back.end())) {
                System.out.println("a new key: " + rotation);
                assertEquals(0, rotation.lost(), rotation::toString);
                assertEquals(0, rotation.twice(), rotation::toString);
            }
            a.await("running", "status");
        }
    }

    /** A handshake whose answer came late is repeated after REKEY_TIMEOUT, which is no news of a reload. */
    private static String settledSessions(Gateway gateway) {
        String[] seen = {""};
        Await.until("the sessions stay", LIMIT, () -> {
            String before = seen[0];
            seen[0] = gateway.site.need("wg", "show", "pn-a", "latest-handshakes");
            if (!before.equals(seen[0])) {
                Await.millis(REPEATED_MS);
                return false;
            }
            return true;
        });
        return seen[0];
    }

    private static void moveOn(NumberedFlow flow) {
        int before = flow.received();
        Await.until("datagrams arrive", LIMIT, () -> flow.received() >= before + 200);
    }
}
