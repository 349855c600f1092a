package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
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
 *        fd00:1::2      172.31.0.1 ── the internet ── 172.31.0.2  │    fd00:2::2
 *                                   (coordinator .254)            ╰── host 10.22.0.2
 *                                        │                             fd00:22::2
 *                              172.31.0.3, gateway c ── host 10.3.0.2
 *                                                            fd00:3::2
 * </pre>
 *
 * Everybody may reach everybody, but 22 is for 1 only, and 3 is not for 22: the hosts of 3 and 22 do not reach each other.
 */
@Tag("live")
class MeshTest {
    private static final int BYTES = 4 << 20;
    private static final int LARGE = 48 << 20;
    private static final int MTU = 1280;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"], "tag:head": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:gateway", "tag:head"], "dst": ["tag:gateway", "tag:head"], "ip": ["*"]},
                // Gateways are told of the networks that they may reach themselves; their hosts come with their own addresses.
                {"src": ["tag:gateway", "tag:head", "10.0.0.0/8", "fd00::/16"],
                 "dst": ["10.1.0.0/24", "10.2.0.0/24", "fd00:1::/64", "fd00:2::/64"], "ip": ["*"]},
                {"src": ["tag:gateway", "tag:head", "10.1.0.0/24", "fd00:1::/64"], "dst": ["10.3.0.0/24", "fd00:3::/64"], "ip": ["*"]},
                // One service alone: to its neighbours there is the same way, and only the filter at the receiver says no.
                {"src": ["10.2.0.0/24", "fd00:2::/64"], "dst": ["10.3.0.0/24", "fd00:3::/64"], "ip": ["tcp:9000", "icmp:*"]},
                {"src": ["tag:head", "10.1.0.0/24", "fd00:1::/64"], "dst": ["10.22.0.0/24", "fd00:22::/64"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {
                "10.0.0.0/8": ["tag:gateway", "tag:head"],
                "fd00::/16": ["tag:gateway", "tag:head"],
              }},
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
            a.lan6("fd00:1::");
            Site hostB = b.lan("10.2.0.");
            b.lan6("fd00:2::");
            Site secondB = b.lan("10.22.0.");
            b.lan6("fd00:22::");
            Site hostC = c.lan("10.3.0.");
            c.lan6("fd00:3::");

            a.up("tag:head", "--lan", "10.1.0.0/24", "fd00:1::/64");
            b.up("tag:gateway", "--lan", "10.2.0.0/24", "10.22.0.0/24", "fd00:2::/64", "fd00:22::/64");
            c.up("tag:gateway", "--lan", "10.3.0.0/24", "fd00:3::/64");
            for (Gateway gateway : List.of(a, b, c)) {
                gateway.run("wait", "--for", "active", "--timeout", "20s");
            }
            a.await("10.22.0.0/24 b active", "routes");
            a.await("fd00:22::/64 b active", "routes");
            hostA.awaitReach("10.2.0.2", LIMIT);
            hostC.awaitReach("fd00:1::2", LIMIT);
            hostB.awaitReach("10.3.0.2", LIMIT);

            Transfer.mustPass(hostA, "10.1.0.2", hostB, "10.2.0.2", LARGE);
            Transfer.mustPass(hostB, "10.2.0.2", hostC, "10.3.0.2", BYTES);
            Transfer.mustPass(hostC, "10.3.0.2", hostA, "10.1.0.2", BYTES);
            Transfer.mustPass(hostA, "10.1.0.2", secondB, "10.22.0.2", BYTES);
            Transfer.mustPass(hostA, "fd00:1::2", hostB, "fd00:2::2", BYTES);
            Transfer.mustPass(hostB, "fd00:2::2", hostC, "fd00:3::2", BYTES);
            Transfer.mustPass(hostC, "fd00:3::2", hostA, "fd00:1::2", BYTES);
            Transfer.mustPass(hostA, "fd00:1::2", secondB, "fd00:22::2", BYTES);
            Transfer.mustNotPass(hostC, secondB, "10.22.0.2");
            Transfer.mustNotPass(secondB, hostC, "10.3.0.2");
            Transfer.mustNotPass(hostC, secondB, "fd00:22::2");
            Transfer.mustNotPass(secondB, hostC, "fd00:3::2");
            Transfer.mustNotPass(hostB, hostC, "10.3.0.2", 9001);
            Transfer.mustNotPass(hostB, hostC, "fd00:3::2", 9001);
            Transfer.mustPass(hostB, "10.2.0.2", hostC, "10.3.0.2", BYTES); // the same way, as it went before
            mustPassInPieces(hostA, hostB);
            mustTellHowLongPacketsMayBe(hostA);
            mustTellThatNobodyListens(hostA, "10.2.0.2");
            mustTellThatNobodyListens(hostA, "fd00:2::2");

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

    /** Datagrams longer than the tunnel's packets, and than the networks' behind it, both ways. */
    private static void mustPassInPieces(Site from, Site to) {
        from.mustReachWithoutLoss("10.2.0.2", 3, 3_000);
        to.mustReachWithoutLoss("10.1.0.2", 3, 3_000);
        // Nobody on the way cuts IPv6: the first ones tell the host how long its pieces may be.
        Await.until(
                "long packets of IPv6 pass",
                LIMIT,
                () -> from.run("ping", "-n", "-c", "1", "-W", "1", "-s", "3000", "fd00:2::2")
                                .status()
                        == 0);
    }

    private static void mustTellHowLongPacketsMayBe(Site from) {
        for (String address : List.of("10.3.0.2", "fd00:3::2")) {
            Shell.Outcome refused = from.run("ping", "-n", "-M", "do", "-c", "2", "-W", "1", "-s", "1400", address);
            assertTrue(refused.status() != 0, refused.toString());
            String told = (refused.out() + refused.err()).replaceAll("mtu ?= ?", "mtu=");
            assertTrue(told.contains("mtu=" + MTU), refused.toString());
        }
    }

    /** An error that a host at the other end sends finds its way back. */
    private static void mustTellThatNobodyListens(Site from, String address) throws Exception {
        try (DatagramSocket socket = from.call(() -> {
            DatagramSocket made = new DatagramSocket();
            made.connect(new InetSocketAddress(address, 9));
            return made;
        })) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.send(new DatagramPacket(new byte[10], 10));
            assertThrows(
                    PortUnreachableException.class,
                    () -> socket.receive(new DatagramPacket(new byte[10], 10)),
                    address);
        }
    }
}
