package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.WgInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub made of a file of wg-quick, whose spokes are plain WireGuard and know nobody but it. There is a coordinator on the network, which
 * none of them was told of.
 *
 * <pre>
 *   spoke 10.129.0.1 (wireguard-go) ── 172.31.0.1 ──╮
 *                                                    ├── hub 172.31.0.3, penstock daemon
 *   spoke 10.130.0.1 (wireguard-go) ── 172.31.0.2 ──╯
 * </pre>
 */
@Tag("live")
class StaticHubTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void plainPeersMeetInAHubThatKnowsNoCoordinator() throws Exception {
        KeyPair keyA = KeyPair.make();
        KeyPair keyB = KeyPair.make();
        String secret = Shell.need("wg", "genpsk").strip();
        Path file = Files.writeString(
                folder.resolve("wg0.conf"), """
                [Peer] # spoke-a
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.129.0.1/32, 10.129.0.0/24

                [Peer] # spoke-b
                PublicKey = %s
                AllowedIPs = 10.130.0.0/24
                """.formatted(keyA.publicKey(), secret, keyB.publicKey()));
        try (Internet internet = new Internet(folder, "{}");
                Site a = internet.host("spoke-a", 1);
                Site b = internet.host("spoke-b", 2)) {
            Gateway hub = internet.gateway("hub", 3);
            hub.run("peer", "import", file.toString());
            hub.run("up", "--lan", "10.128.0.0/9", "--interface-name", "pn-hub", "--port", "51820", "--timeout", "20s");
            String hubKey = hub.site.need("wg", "show", "pn-hub", "public-key").strip();

            String exported = hub.run("peer", "export", "--wg-quick", "--endpoint", "172.31.0.3:51820", "spoke-a");
            assertTrue(exported.contains("\nPresharedKey = " + secret + "\n"), exported);
            assertTrue(exported.contains("\nAddress = 10.129.0.1\n"), exported);
            assertTrue(exported.contains("\nPublicKey = " + hubKey + "\n"), exported);
            assertFalse(hub.run("peer", "export", "--wg-quick", "spoke-b").contains("PresharedKey"));
            assertFalse(
                    (hub.log() + hub.run("status", "--json") + hub.run("get")).contains(secret),
                    "it is told to nobody");

            try (WgInterface left = spoke(a, keyA, hubKey, "10.129.0.1");
                    WgInterface right = spoke(b, keyB, hubKey, "10.130.0.1")) {
                assertNotEquals(left.name(), right.name());
                Transfer.mustNotPass(b, a, "10.129.0.1"); // whoever does not know the secret is nobody
                a.need("wg", "set", left.name(), "peer", hubKey, "preshared-key", a.file(secret));
                a.awaitReach("10.130.0.1", Duration.ofSeconds(20));
                Transfer.mustPass(a, "10.129.0.1", b, "10.130.0.1", 1 << 20);
                Transfer.mustPass(b, "10.130.0.1", a, "10.129.0.1", 1 << 20);
                hub.await("spoke-a", "peers");

                hub.run("peer", "remove", "spoke-b");
                Transfer.mustNotPass(a, b, "10.130.0.1");
            }
        }
    }

    private static WgInterface spoke(Site site, KeyPair key, String hub, String address) {
        WgInterface link = WgInterface.start(Program.WIREGUARD_GO, site);
        site.need("wg", "set", link.name(), "private-key", site.file(key.privateKey()));
        site.need(
                "wg",
                "set",
                link.name(),
                "peer",
                hub,
                "endpoint",
                Internet.NETWORK + "3:51820",
                "allowed-ips",
                "10.128.0.0/9",
                "persistent-keepalive",
                "1");
        site.ip("addr add " + address + "/32 dev " + link.name());
        site.ip("link set " + link.name() + " up mtu 1280");
        site.ip("route add 10.128.0.0/9 dev " + link.name());
        return link;
    }
}
