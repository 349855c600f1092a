package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two sites between which somebody drops UDP, so that only the coordinator's relay is left; and then does not any more.
 *
 * <pre>
 *   host 10.1.0.2 ── gateway a 172.31.0.1 ──╮            ╭── gateway b 172.31.0.2 ── host 10.2.0.2
 *                                            ├── switch ──╯  (no UDP from port to port)
 *                coordinator and relay .254 ──╯
 * </pre>
 */
@Tag("live")
class RelayOnlyTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int BYTES = 4 << 20;

    /** The relay is not left before a direct path works, so there is no gap, but for the pauses of a busy machine. */
    private static final long LONGEST_GAP_NS = TimeUnit.SECONDS.toNanos(5);

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
    void sitesMeetByTheRelayAndGoOnDirectlyOnceTheyCan() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            internet.blockUdp();
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Site hostA = a.lan("10.1.0.");
            Site hostB = b.lan("10.2.0.");
            a.up("tag:gateway", "--lan", "10.1.0.0/24");
            b.up("tag:gateway", "--lan", "10.2.0.0/24");
            a.await("10.2.0.0/24 b active", "routes");
            hostA.awaitReach("10.2.0.2", LIMIT);

            Transfer.mustPass(hostA, "10.1.0.2", hostB, "10.2.0.2", BYTES);
            Transfer.mustPass(hostB, "10.2.0.2", hostA, "10.1.0.2", BYTES);
            String ping = a.run("ping", "-c", "2", "b");
            assertTrue(ping.contains(" by relay penstock in "), ping);
            assertFalse(ping.contains(" by direct "), ping);
            a.await(" relay penstock ", "status");
            b.await(" relay penstock ", "status");

            try (LongTransfer transfer = LongTransfer.start(hostA, hostB, "10.2.0.2");
                    Watch watch = Watch.start(hostA, hostB, "10.2.0.2")) {
                TimeUnit.SECONDS.sleep(2);
                Watch.Gaps relayed = watch.take();
                long byRelay = transfer.received();
                assertTrue(byRelay > 0);

                internet.allowUdp();
                long openedNs = System.nanoTime();
                a.await(" direct 172.31.0.2:", "status");
                b.await(" direct 172.31.0.1:", "status");
                long upgradeNs = System.nanoTime() - openedNs;
                TimeUnit.SECONDS.sleep(2);
                Watch.Gaps upgraded = watch.take();
                assertTrue(transfer.received() > byRelay);
                transfer.finish();

                System.out.printf(
                        "by the relay: %s; then direct after %.1f s: %s%n", relayed, upgradeNs / 1e9, upgraded);
                assertTrue(upgraded.longestNs() < LONGEST_GAP_NS, upgraded::toString);
            }
            String direct = a.run("ping", "-c", "1", "b");
            assertTrue(direct.contains(" by direct 172.31.0.2:"), direct);
            Transfer.mustPass(hostA, "10.1.0.2", hostB, "10.2.0.2", BYTES);
        }
    }
}
