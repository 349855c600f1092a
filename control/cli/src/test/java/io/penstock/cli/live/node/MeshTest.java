package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three sites in a mesh, one of them with two networks.
 *
 * <pre>
 *   host 10.1.0.2 ── gateway a ──╮                    ╭── gateway b ── host 10.2.0.2
 *                       172.31.0.1 ── the internet ── 172.31.0.2  ╰── host 10.22.0.2
 *                                   (coordinator .254)
 *                                        │
 *                              172.31.0.3, gateway c ── host 10.3.0.2
 * </pre>
 *
 * Everybody may reach everybody but port 9000 of 10.22.0.0/24, which is for a's network only.
 */
@Tag("live")
class MeshTest {
    private static final int BYTES = 4 << 20;

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"], "tag:head": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:gateway", "tag:head"], "dst": ["tag:gateway", "tag:head"], "ip": ["*"]},
                // Gateways are told of the networks that they may reach themselves; their hosts come with their own addresses.
                {"src": ["tag:gateway", "tag:head", "10.0.0.0/8"], "dst": ["10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24"], "ip": ["*"]},
                {"src": ["tag:head", "10.1.0.0/24"], "dst": ["10.22.0.0/24"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway", "tag:head"]}},
            }""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void hostsOfThreeSitesTalkWithTheirOwnAddressesAndNobodyElseGetsIn() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Gateway c = internet.gateway("c", 3);
            Site hostA = a.lan("10.1.0.");
            Site hostB = b.lan("10.2.0.");
            Site secondB = b.lan("10.22.0.");
            Site hostC = c.lan("10.3.0.");

            a.up("tag:head", "--lan", "10.1.0.0/24");
            b.up("tag:gateway", "--lan", "10.2.0.0/24", "10.22.0.0/24");
            c.up("tag:gateway", "--lan", "10.3.0.0/24");
            for (Gateway gateway : List.of(a, b, c)) {
                gateway.run("wait", "--for", "active", "--timeout", "20s");
            }
            a.await("10.22.0.0/24 b active", "routes");
            hostA.awaitReach("10.2.0.2", Duration.ofSeconds(20));
            hostC.awaitReach("10.1.0.2", Duration.ofSeconds(20));
            hostB.awaitReach("10.3.0.2", Duration.ofSeconds(20));

            Transfer.mustPass(hostA, "10.1.0.2", hostB, "10.2.0.2", BYTES);
            Transfer.mustPass(hostB, "10.2.0.2", hostC, "10.3.0.2", BYTES);
            Transfer.mustPass(hostC, "10.3.0.2", hostA, "10.1.0.2", BYTES);
            Transfer.mustPass(hostA, "10.1.0.2", secondB, "10.22.0.2", BYTES);
            Transfer.mustNotPass(hostC, secondB, "10.22.0.2");

            assertTrue(a.run("ping", "--until-direct", "-c", "20", "b").contains(" by direct 172.31.0.2:"));
            assertTrue(a.run("ping", "--tsmp", "-c", "1", "c").startsWith("pong from c"));
            String router = a.run("routes", "--for", "linux");
            assertTrue(router.contains("ip route add 10.3.0.0/24 via 10.1.0.1\n"), router);
            Shell.Outcome wg = a.site.run("wg", "show", "pn-a", "allowed-ips");
            assertTrue(wg.mustSucceed().contains("10.22.0.0/24"), wg.toString());

            a.run("down");
            assertEquals(7, a.tryRun("status", "--check", "ready").status());
            assertTrue(!a.site.hasLink("pn-a"));
        }
    }
}
