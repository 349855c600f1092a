package io.penstock.cli.live.node;

import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site whose way to the internet is another node.
 *
 * <pre>
 *   host 10.1.0.2 ── gateway a 172.31.0.1 ──╮
 *        fd00:1::2                           ├── 172.31.0.0/24
 *                    exit node x 172.31.0.2 ──╯
 *                          │ 198.51.100.1, 2001:db8:64::1
 *               a router, 198.51.100.2, 2001:db8:64::2
 *                          │
 *                   a server, 203.0.113.9, 2001:db8:99::9
 * </pre>
 *
 * Both are one machine. It is beyond the exit node only, and knows nobody but it: it sees the exit node's address. The network between
 * the exit node and it is public and yet the exit node's own: nobody gets into that by a default route.
 */
@Tag("live")
class ExitNodeTest {
    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:gateway", "10.1.0.0/24", "fd00:1::/64"], "dst": ["tag:gateway", "autogroup:internet"], "ip": ["*"]},
                // So that the exit node is told of the network that its answers go to.
                {"src": ["tag:gateway"], "dst": ["10.1.0.0/24", "fd00:1::/64"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"], "fd00::/16": ["tag:gateway"]}, "exitNode": ["tag:gateway"]},
            }""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatHasNoBetterRouteGoesByTheExitNodeAndComesBack() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            Gateway x = internet.gateway("x", 2);
            Site host = a.lan("10.1.0.");
            Site server = x.lan("198.51.100.");
            server.ip("route del default");
            server.ip("addr add 203.0.113.9/32 dev lo");
            x.site.ip("route add 203.0.113.0/24 via 198.51.100.2");
            a.lan6("fd00:1::");
            x.lan6("2001:db8:64::");
            server.ip("-6 route del default");
            server.ip("-6 addr add 2001:db8:99::9/128 dev lo");
            x.site.ip("-6 route add 2001:db8:99::/64 via 2001:db8:64::2");

            x.up("tag:gateway", "--offer-exit-node");
            a.up("tag:gateway", "--lan", "10.1.0.0/24", "fd00:1::/64", "--exit-node", "x");
            a.run("wait", "--for", "active", "--timeout", "20s");
            a.site.awaitReach("203.0.113.9", Duration.ofSeconds(20));

            Transfer.mustPass(a.site, "198.51.100.1", server, "203.0.113.9", 1 << 20);
            Transfer.mustPass(host, "198.51.100.1", server, "203.0.113.9", 1 << 20);
            Transfer.mustPass(a.site, "2001:db8:64::1", server, "2001:db8:99::9", 1 << 20);
            Transfer.mustPass(host, "2001:db8:64::1", server, "2001:db8:99::9", 1 << 20);

            Transfer.mustNotPass(a.site, server, "198.51.100.2");
            x.run("set", "--lan", "198.51.100.0/24"); // a site's network, which sees peers' own addresses
            server.ip("route add 100.64.0.0/10 via 198.51.100.1");
            Transfer.mustPass(a.site, a.overlayAddress(), server, "198.51.100.2", 1 << 10);
            x.run("set", "--lan", "");
            Transfer.mustNotPass(a.site, server, "198.51.100.2");

            a.run("set", "--exit-node", "");
            Transfer.mustNotPass(host, server, "203.0.113.9");
            Transfer.mustNotPass(host, server, "2001:db8:99::9");
        }
    }
}
