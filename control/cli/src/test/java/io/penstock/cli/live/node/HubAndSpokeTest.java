package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two sites that know only a hub, which is far away: what goes from one to the other passes through it. Then the same two sites as a
 * mesh, which is why one wants a mesh: what was two ways over the long cable is one short way.
 *
 * <pre>
 *   host 10.129.0.2 ── spoke a 172.31.0.1 ──╮
 *                                            ├── 172.31.0.0/24 ── long cable, 20 ms ── 172.31.0.3 hub
 *   host 10.130.0.2 ── spoke b 172.31.0.2 ──╯
 * </pre>
 */
@Tag("live")
class HubAndSpokeTest {
    private static final int DELAY_MS = 20;
    private static final Pattern ROUND_TRIP = Pattern.compile("min/avg/max/mdev = ([0-9.]+)/");

    private static final String HUB = """
            {
              "tagOwners": {"tag:hub": ["autogroup:admin"], "tag:spoke": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:spoke"], "dst": ["tag:hub"], "ip": ["*"]},
                {"src": ["tag:hub"], "dst": ["tag:spoke"], "ip": ["*"]},
                {"src": ["tag:hub", "tag:spoke", "10.128.0.0/9"], "dst": ["10.128.0.0/9"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"10.128.0.0/9": ["tag:hub", "tag:spoke"]}},
            }""";

    private static final String MESH = HUB.replace(
            "\"grants\": [", "\"grants\": [{\"src\": [\"tag:spoke\"], \"dst\": [\"tag:spoke\"], \"ip\": [\"*\"]},");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void spokesMeetThroughTheHubAndFindTheShortWayInAMesh() throws Exception {
        try (Internet internet = new Internet(folder, HUB)) {
            Gateway hub = internet.gateway("hub", 3);
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Site hostA = a.lan("10.129.0.");
            Site hostB = b.lan("10.130.0.");

            hub.up("tag:hub", "--lan", "10.128.0.0/9", "--accept-routes", "10.128.0.0/9");
            a.up("tag:spoke", "--lan", "10.129.0.0/24", "--accept-routes", "hub");
            b.up("tag:spoke", "--lan", "10.130.0.0/24", "--accept-routes", "hub");
            hostA.awaitReach("10.130.0.2", Duration.ofSeconds(30));

            Transfer.mustPass(hostA, "10.129.0.2", hostB, "10.130.0.2", 1 << 20);
            Transfer.mustPass(hostB, "10.130.0.2", hostA, "10.129.0.2", 1 << 20);
            internet.stretch(hub, DELAY_MS);
            double throughHub = roundTripMs(hostA, "10.130.0.2");

            internet.policy(MESH);
            a.run("set", "--accept-routes", "b");
            b.run("set", "--accept-routes", "a");
            a.await("10.130.0.0/24 b active", "routes");
            a.run("ping", "--until-direct", "-c", "20", "b");
            hostA.awaitReach("10.130.0.2", Duration.ofSeconds(20));
            double direct = roundTripMs(hostA, "10.130.0.2");

            System.out.printf("from spoke to spoke: %.1f ms through the hub, %.1f ms in a mesh%n", throughHub, direct);
            assertTrue(throughHub >= 4 * DELAY_MS, "through the hub in " + throughHub + " ms");
            assertTrue(direct < DELAY_MS, "direct in " + direct + " ms");
        }
    }

    /** The shortest of ten. */
    private static double roundTripMs(Site from, String address) {
        String out = from.need("ping", "-n", "-q", "-i", "0.1", "-c", "10", address);
        Matcher matcher = ROUND_TRIP.matcher(out);
        assertTrue(matcher.find(), out);
        return Double.parseDouble(matcher.group(1));
    }
}
