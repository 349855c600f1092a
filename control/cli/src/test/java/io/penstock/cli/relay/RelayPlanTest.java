package io.penstock.cli.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.CommandFailure;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.acme.AcmeSettings;
import io.penstock.relay.edge.MeshPeer;
import io.penstock.wireguard.Entropy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelayPlanTest {
    private static final String MESH_KEY = "0123456789abcdef".repeat(4);

    @TempDir
    private Path folder;

    private RelayRequest request(
            String listen,
            @Nullable String host,
            boolean open,
            @Nullable String url,
            @Nullable Path meshKey,
            String... mesh) {
        return new RelayRequest(
                listen,
                host,
                null,
                null,
                AcmeOptions.Given.NOTHING,
                List.of(),
                null,
                null,
                false,
                open,
                url == null ? null : URI.create(url),
                meshKey,
                List.of(mesh),
                null,
                folder.resolve("state"),
                null,
                false);
    }

    private RelayRequest limited(List<String> balancers, String rate) {
        RelayRequest usual = request("192.0.2.7:443", null, true, null, null);
        return new RelayRequest(
                usual.listen(),
                null,
                null,
                null,
                AcmeOptions.Given.NOTHING,
                balancers,
                null,
                null,
                false,
                true,
                null,
                null,
                List.of(),
                rate,
                usual.state(),
                null,
                false);
    }

    private RelayRequest certified(@Nullable String host, @Nullable Path certificate, AcmeOptions.Given acme) {
        return new RelayRequest(
                "192.0.2.7:443",
                host,
                certificate,
                certificate,
                acme,
                List.of(),
                null,
                null,
                true,
                true,
                null,
                null,
                List.of(),
                null,
                folder.resolve("state"),
                null,
                false);
    }

    @Test
    void getsItsCertificateFromAnAuthorityThatIsNamed() throws Exception {
        URI directory = URI.create("https://ca.example.org/directory");
        AcmeOptions.Given given = new AcmeOptions.Given(directory, "ops@example.org", null);
        RelayPlan plan = RelayPlan.of(certified("relay.example.org", null, given));
        assertNull(plan.tls(Instant.now()));
        assertFalse(plan.isPinned());
        RelaySettings settings = plan.settings(null, Optional.empty(), entropy());
        assertEquals(
                new RelaySettings.Automatic(new AcmeSettings(
                        directory, "relay.example.org", "ops@example.org", null, folder.resolve("state/acme"))),
                settings.tls());

        Path file = folder.resolve("chain.pem");
        assertRefused("one of them", certified("relay.example.org", file, given));
        assertRefused("a DNS name such as relay.example.org", certified(null, null, given));
        assertRefused(
                "URL of https",
                certified(
                        "relay.example.org",
                        null,
                        new AcmeOptions.Given(URI.create("http://ca.example.org/"), null, null)));
        assertRefused(
                "which --acme names",
                certified("relay.example.org", null, new AcmeOptions.Given(null, "ops@example.org", null)));
    }

    private static void assertRefused(String why, RelayRequest request) {
        CommandFailure refused = assertThrows(CommandFailure.class, () -> RelayPlan.of(request));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }

    @Test
    void readsBalancersAndTheRateOfAClient() throws Exception {
        RelayPlan plan = RelayPlan.of(limited(List.of("192.0.2.1", "2001:db8::1"), "2M"));
        RelaySettings settings = plan.settings(plan.tls(Instant.now()), Optional.empty(), entropy());
        assertEquals(2, settings.balancers().size());
        assertEquals(2_000_000, settings.limits().bytesPerSecond());
        for (String rate : List.of("0", "5", "-1", "2m", "fast", "99999999999")) {
            assertThrows(CommandFailure.class, () -> RelayPlan.of(limited(List.of(), rate)), rate);
        }
        assertThrows(CommandFailure.class, () -> RelayPlan.of(limited(List.of("balancer.example"), "2M")));
    }

    @Test
    void takesASecondAddressOfStunIfItMakesAPair() throws Exception {
        RelayPlan plan = RelayPlan.of(withAlternate(false, "192.0.2.8:3479"));
        RelaySettings settings = plan.settings(plan.tls(Instant.now()), Optional.empty(), entropy());
        assertEquals("/192.0.2.8:3479", String.valueOf(settings.stunAlternate()));
        for (String alternate :
                List.of("192.0.2.7:3479", "192.0.2.8:3478", "0.0.0.0:3479", "[2001:db8::1]:3479", "x")) {
            assertThrows(CommandFailure.class, () -> RelayPlan.of(withAlternate(false, alternate)), alternate);
        }
        assertThrows(CommandFailure.class, () -> RelayPlan.of(withAlternate(true, "192.0.2.8:3479")), "without STUN");
    }

    private RelayRequest withAlternate(boolean noStun, String alternate) {
        RelayRequest usual = request("192.0.2.7:443", null, true, null, null);
        return new RelayRequest(
                usual.listen(),
                null,
                null,
                null,
                AcmeOptions.Given.NOTHING,
                List.of(),
                null,
                alternate,
                noStun,
                true,
                null,
                null,
                List.of(),
                null,
                usual.state(),
                null,
                false);
    }

    private static Entropy entropy() {
        Random random = new Random(1);
        return new Entropy() {
            @Override
            public void fill(byte[] bytes) {
                random.nextBytes(bytes);
            }

            @Override
            public int nextInt() {
                return random.nextInt();
            }
        };
    }

    @Test
    void keepsItsKeyAndItsCertificate() throws Exception {
        RelayPlan plan = RelayPlan.of(request("192.0.2.7:443", null, true, null, null));

        RelaySettings first = plan.settings(plan.tls(Instant.now()), Optional.empty(), entropy());
        RelaySettings second = plan.settings(plan.tls(Instant.now()), Optional.empty(), entropy());

        assertEquals(first.identity().publicKey(), second.identity().publicKey());
        assertEquals(first.tls(), second.tls());
        assertEquals(3478, first.stunAddresses().getFirst().getPort());
        assertTrue(plan.isPinned() && plan.isOpen());
        assertEquals("192.0.2.7", plan.host());
        assertEquals(
                List.of("relay.key", "self-signed.crt", "self-signed.key"),
                Stream.of(Objects.requireNonNull(
                                folder.resolve("state").toFile().list()))
                        .sorted()
                        .toList());
    }

    @Test
    void knowsTheOthersOfItsRegion() throws Exception {
        Path key = Files.writeString(folder.resolve("mesh"), MESH_KEY + "\n");
        RelayPlan plan = RelayPlan.of(request(
                "[::]:443",
                "relay.example",
                false,
                "https://vpn.example/verify",
                key,
                "other.example:443",
                "[2001:db8::1]:8443/sha256-raw:" + "ab".repeat(32)));

        List<MeshPeer> peers = plan.settings(plan.tls(Instant.now()), plan.verifier(), entropy())
                .meshPeers();

        assertEquals(new MeshPeer("other.example", 443, new MeshPeer.Trust.Authorities()), peers.getFirst());
        assertEquals("2001:db8::1", peers.getLast().host());
        assertTrue(peers.getLast().trust() instanceof MeshPeer.Trust.Pinned);
        assertFalse(plan.isOpen());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:443,,false,,--verify-client-url URL",
        "127.0.0.1:443,,true,https://vpn.example/verify,--open",
        "127.0.0.1:443,,false,ftp://vpn.example/verify,http or https",
        "0.0.0.0:443,,true,,needs --host",
        "0.0.0.0:443,https://relay.example,true,,takes a name or an address",
        "443,,true,,takes an address and a port",
    })
    void saysWhatMakesNoSense(
            String listen, @Nullable String host, boolean open, @Nullable String url, String message) {
        CommandFailure failure =
                assertThrows(CommandFailure.class, () -> RelayPlan.of(request(listen, host, open, url, null)), message);

        assertTrue(String.valueOf(failure.getMessage()).contains(message), failure.getMessage());
    }

    @Test
    void repeatsNothingOfAMeshKeyThatIsNone() throws Exception {
        Path key = Files.writeString(folder.resolve("mesh"), MESH_KEY + "0");

        CommandFailure failure =
                assertThrows(CommandFailure.class, () -> RelayPlan.of(request("127.0.0.1:443", null, true, null, key)));

        assertFalse(String.valueOf(failure.getMessage()).contains("0123"), failure.getMessage());
        CommandFailure alone = assertThrows(
                CommandFailure.class,
                () -> RelayPlan.of(request("127.0.0.1:443", null, true, null, null, "other.example:443")));
        assertTrue(String.valueOf(alone.getMessage()).contains("--mesh-key"), alone.getMessage());
    }
}
