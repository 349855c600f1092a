package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code wg-quick} with us as its userspace implementation. */
@Tag("live")
class WgQuickTest {
    private static final Duration MOMENT = Duration.ofSeconds(20);

    private final KeyPair left = KeyPair.make();
    private final KeyPair right = KeyPair.make();
    private final String name = WgInterface.newName();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"10.66.0.0/24, fd66::/64", "0.0.0.0/0, ::/0"})
    void bringsTheInterfaceUpAndDown(String allowedIps) throws IOException {
        try (Underlay<Site> underlay = Underlay.make();
                WgInterface other = startRight(underlay)) {
            Path file = write("""
                    [Interface]
                    PrivateKey = %s
                    Address = 10.66.0.1/24, fd66::1/64
                    ListenPort = 51820
                    MTU = 1400
                    PostUp = ip -4 addr show dev %%i > %s/post-up
                    PreDown = echo %%i > %s/pre-down
                    [Peer]
                    PublicKey = %s
                    AllowedIPs = %s
                    Endpoint = 192.0.2.2:51821
                    """.formatted(left.privateKey(), folder, folder, right.publicKey(), allowedIps));
            Site site = underlay.left;
            String routesBefore = site.need("sh", "-c", "ip rule; ip -6 rule; ip route; ip -6 route");

            wgQuick(site, "up", file);
            WgInterface wg = WgInterface.adopt(site, name);

            assertTrue(site.need("ip", "link", "show", "dev", name).contains("mtu 1400"));
            assertTrue(Files.readString(folder.resolve("post-up")).contains("10.66.0.1"));
            site.awaitReach("10.66.0.2", MOMENT);
            site.mustReachWithoutLoss("10.66.0.2", 20, 1372);
            site.mustReachWithoutLoss("fd66::2");
            other.site().mustReachWithoutLoss("10.66.0.1");

            wgQuick(site, "down", file);

            assertEquals(name, Files.readString(folder.resolve("pre-down")).strip());
            assertFalse(site.hasLink(name));
            wg.awaitEnd();
            assertFalse(Files.exists(wg.socket()));
            assertEquals(routesBefore, site.need("sh", "-c", "ip rule; ip -6 rule; ip route; ip -6 route"));
        }
    }

    @Test
    void savesStripsAndSynchronises() throws IOException {
        try (Underlay<Site> underlay = Underlay.make();
                WgInterface other = startRight(underlay)) {
            Path file = write("""
                    [Interface]
                    PrivateKey = %s
                    Address = 10.66.0.1/24
                    ListenPort = 51820
                    SaveConfig = true
                    """.formatted(left.privateKey()));
            Site site = underlay.left;
            wgQuick(site, "up", file);
            WgInterface wg = WgInterface.adopt(site, name);

            wg.wg("set", "peer " + right.publicKey() + " allowed-ips 10.66.0.2/32 endpoint 192.0.2.2:51821");
            site.awaitReach("10.66.0.2", MOMENT);
            wgQuick(site, "save", file);
            assertTrue(Files.readString(file).contains(right.publicKey()));
            long handshake = wg.dump().onlyPeer().latestHandshake();
            Shell.Outcome synced = site.run(
                    Map.of(), List.of("bash", "-c", "wg syncconf " + name + " <(wg-quick strip " + file + ")"));
            synced.mustSucceed();
            assertEquals(handshake, wg.dump().onlyPeer().latestHandshake());
            site.mustReachWithoutLoss("10.66.0.2");

            wgQuick(site, "down", file);
            wg.awaitEnd();
            assertTrue(Files.readString(file).contains("10.66.0.2/32"));
            assertTrue(other.isAlive());
        }
    }

    private WgInterface startRight(Underlay<Site> underlay) {
        WgInterface made = WgInterface.start(Program.WIREGUARD_GO, underlay.right);
        made.configure("setconf", """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = 51821
                        [Peer]
                        PublicKey = %s
                        AllowedIPs = 10.66.0.1/32, fd66::1/128
                        """.formatted(right.privateKey(), left.publicKey()))
                .mustSucceed();
        underlay.right.ip("addr add 10.66.0.2/24 dev " + made.name());
        underlay.right.ip("addr add fd66::2/64 dev " + made.name() + " nodad");
        underlay.right.ip("link set " + made.name() + " up");
        return made;
    }

    private Path write(String configuration) throws IOException {
        Path file = folder.resolve(name + ".conf");
        Files.writeString(file, configuration);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private static void wgQuick(Site site, String verb, Path file) {
        Map<String, String> environment =
                Map.of("WG_QUICK_USERSPACE_IMPLEMENTATION", Program.subject().wgQuickWord());
        site.run(environment, List.of("wg-quick", verb, file.toString())).mustSucceed();
    }
}
