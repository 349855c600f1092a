package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator is killed for a minute, and a gateway is killed and starts again meanwhile: the networks behind them do not mind. */
@Tag("live")
class OutageTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final long OUTAGE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long RECONNECT_NS = TimeUnit.SECONDS.toNanos(35);

    /** Longer than any pause of a busy machine, shorter than what a path takes to be found again. */
    private static final long HARDLY_NS = TimeUnit.SECONDS.toNanos(5);

    /** What a process takes to be there on a busy machine, and its path to be found; its peer and its host do not wait for a coordinator. */
    private static final long RESTART_NS = TimeUnit.SECONDS.toNanos(40);

    private static final int BYTES = 4 << 20;

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:gateway"], "dst": ["tag:gateway"], "ip": ["*"]},
                {"src": ["tag:gateway", "10.0.0.0/8"], "dst": ["10.1.0.0/24", "10.2.0.0/24"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"]}},
            }""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void sitesTalkOnWithoutTheirCoordinator() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Site hostA = a.lan("10.1.0.");
            Site hostB = b.lan("10.2.0.");
            a.up("tag:gateway", "--lan", "10.1.0.0/24");
            b.up("tag:gateway", "--lan", "10.2.0.0/24");
            a.await("10.2.0.0/24 b active", "routes");
            hostA.awaitReach("10.2.0.2", LIMIT);
            TimeUnit.SECONDS.sleep(11); // a map is kept so often

            try (LongTransfer transfer = LongTransfer.start(hostA, hostB, "10.2.0.2");
                    Watch watch = Watch.start(hostA, hostB, "10.2.0.2")) {
                internet.coordinator().kill();
                long killedNs = System.nanoTime();
                a.await("unreachable", "status");
                TimeUnit.SECONDS.sleep(10);
                Watch.Gaps alone = watch.take();
                transfer.finish();

                b.kill();
                b.start();
                b.await("unreachable", "status");
                assertTrue(b.run("status", "--json").contains("\"cached\":true"), b.run("status", "--json"));
                hostA.awaitReach("10.2.0.2", LIMIT);
                Watch.Gaps restarted = watch.take();
                Transfer.mustPass(hostB, "10.2.0.2", hostA, "10.1.0.2", BYTES);

                TimeUnit.NANOSECONDS.sleep(OUTAGE_NS - (System.nanoTime() - killedNs));
                internet.restartCoordinator();
                long startedNs = System.nanoTime();
                a.await(", connected since", "status");
                b.await(", connected since", "status");
                long reconnectNs = System.nanoTime() - startedNs;
                Watch.Gaps back = watch.take();

                System.out.printf(
                        "the coordinator dies: %s%na gateway is killed and starts again meanwhile: %s%n"
                                + "the coordinator is back, both know after %.1f s: %s%n",
                        alone, restarted, reconnectNs / 1e9, back);
                assertTrue(alone.longestNs() < HARDLY_NS, alone::toString);
                assertTrue(restarted.longestNs() < RESTART_NS, restarted::toString);
                assertTrue(back.longestNs() < HARDLY_NS, back::toString);
                assertTrue(reconnectNs <= RECONNECT_NS, "both are back after " + reconnectNs / 1e9 + " s");
            }
            Transfer.mustPass(hostA, "10.1.0.2", hostB, "10.2.0.2", BYTES);
        }
    }
}
