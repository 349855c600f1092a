package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that has left its network looks as before, whatever it did there and however its daemon ended in between. */
@Tag("live")
class UndoTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String LAN = "10.1.0.0/24";

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [{"src": ["*"], "dst": ["*", "autogroup:internet"], "ip": ["*"]}],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"]}, "exitNode": ["tag:gateway"]},
            }""";

    @TempDir
    private Path folder = Path.of("");

    /** Gateway a, whose host is looked at, and b, which offers a network and the way to the internet. */
    private final class Pair implements AutoCloseable {
        final Internet internet = new Internet(folder, POLICY);
        final Gateway a = internet.gateway("a", 1);
        final HostState before;

        Pair() throws Exception {
            Gateway b = internet.gateway("b", 2);
            a.lan("10.1.0.");
            b.lan("10.2.0.");
            b.up("tag:gateway", "--lan", "10.2.0.0/24", "--offer-exit-node");
            Await.until("addresses are settled", LIMIT, () -> !a.site.need("ip", "-o", "addr")
                    .contains("tentative"));
            before = HostState.of(a.site);
        }

        /** Joins, with other settings than before. */
        HostState join(String... flags) throws Exception {
            String[] all = new String[flags.length + 1];
            System.arraycopy(flags, 0, all, 0, flags.length);
            all[flags.length] = "--reset";
            a.up("tag:gateway", all);
            a.await("10.2.0.0/24 b active", "routes");
            return look("up");
        }

        HostState look(String after) {
            HostState state = HostState.of(a.site);
            state.mustNotBe(before, after);
            return state;
        }

        void down(String how) {
            a.run("down");
            HostState.of(a.site).mustBe(before, how);
        }

        /** What a killed daemon has left is what the next one takes over. */
        void killStartAndDown(String how) throws Exception {
            a.kill();
            look("what was killed has put nothing back");
            a.start();
            a.await("10.2.0.0/24 b active", "routes"); // it is up again by itself
            down("kill -9, start, down: " + how);
        }

        @Override
        public void close() throws IOException {
            internet.close();
        }
    }

    @Test
    void nothingOfANodeStaysOnItsHost() throws Exception {
        try (Pair pair = new Pair()) {
            pair.join("--lan", LAN);
            pair.down("down");
            pair.join("--lan", LAN);
            pair.killStartAndDown("a network");
            pair.join("--lan", LAN);
            pair.a.stop();
            HostState.of(pair.a.site).mustBe(pair.before, "SIGTERM");
        }
    }

    @Test
    void nothingOfSnatOrAnExitNodeStaysOnItsHost() throws Exception {
        try (Pair pair = new Pair()) {
            HostState snat = pair.join("--lan", LAN, "--snat");
            assertTrue(snat.contains("masquerade") || snat.contains("snat to"));
            pair.killStartAndDown("source NAT");

            HostState offers = pair.join("--lan", LAN, "--offer-exit-node");
            assertTrue(offers.contains("masquerade") || offers.contains("snat to"));
            pair.down("an exit node");
            pair.join("--lan", LAN, "--offer-exit-node");
            pair.killStartAndDown("an exit node");

            HostState uses = pair.join("--lan", LAN, "--exit-node", "b");
            assertTrue(uses.contains("default dev pn-a"));
            pair.down("a user of an exit node");
            pair.join("--lan", LAN, "--exit-node", "b");
            pair.killStartAndDown("a user of an exit node");
        }
    }
}
