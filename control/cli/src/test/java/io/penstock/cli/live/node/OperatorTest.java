package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator is told who logs in again, moves a gateway to another network, and leaves while the coordinator is away. */
@Tag("live")
class OperatorTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Less than the two minutes after which a silent connection is given up anyway. */
    private static final long RECONNECT_NS = TimeUnit.SECONDS.toNanos(60);

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
            }""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void loginsMovesAndLogoutsEndAsTheyAreSaidTo() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            a.up("tag:gateway");
            String key = a.site.need("wg", "show", "pn-a", "public-key");

            Shell.Outcome unattended = a.tryRun("up", "--login-again", "--timeout", "3s");
            assertEquals(4, unattended.status(), unattended::toString);
            assertTrue(unattended.err().contains("/register/"), unattended::toString);
            assertTrue(unattended.err().contains("nobody has logged in yet"), unattended::toString);
            Path wrong = Files.writeString(folder.resolve("wrong-key"), "not-a-key-of-anybody");
            Shell.Outcome refused = a.tryRun("up", "--login-again", "--auth-key", "file:" + wrong, "--timeout", "60s");
            assertEquals(8, refused.status(), refused::toString);
            assertEquals(key, a.site.need("wg", "show", "pn-a", "public-key"), "the old key stays");
            a.await("running", "status");
            String good = "file:" + internet.authKey("tag:gateway");
            a.run("up", "--login-again", "--auth-key", good, "--timeout", "60s");
            assertNotEquals(key, a.site.need("wg", "show", "pn-a", "public-key"), "the other key is in use by then");

            long startNs = System.nanoTime();
            a.site.ip("addr del 172.31.0.1/24 dev outside");
            a.site.ip("addr add 172.31.0.51/24 dev outside");
            a.site.ip("route add default via 172.31.0.254");
            Await.until("a connection from the new address", LIMIT, () -> !a.site.run(
                            Map.of(), List.of("ss", "-Htn", "state", "established", "src", "172.31.0.51"))
                    .out()
                    .isBlank());
            a.await(", connected", "status");
            long reconnectNs = System.nanoTime() - startNs;
            System.out.printf("another address: the coordinator is back after %.1f s%n", reconnectNs / 1e9);
            assertTrue(reconnectNs < RECONNECT_NS, "after " + reconnectNs / 1e9 + " s");

            internet.coordinator().kill();
            Shell.Outcome unheard = a.tryRun("logout");
            assertEquals(1, unheard.status(), unheard::toString);
            assertTrue(unheard.err().contains("did not hear of it"), unheard::toString);
            assertTrue(unheard.err().contains("penstock server nodes delete a"), unheard::toString);
            assertFalse(a.site.need("ip", "link").contains("pn-a"));
            Shell.Outcome again = a.tryRun("logout");
            assertEquals(0, again.status(), again::toString);
        }
    }
}
