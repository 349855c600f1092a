package io.penstock.relay.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.RelayFixture;
import io.penstock.relay.RelayServer;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.Seeded;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.edge.RelayListener;
import io.penstock.relay.edge.RelayService;
import io.penstock.relay.tls.CertificateChoice;
import io.penstock.relay.tls.ChallengeCertificates;
import io.penstock.relay.tls.TlsEntrance;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of an authority on the loopback, for a listener there; the time is the test's. */
class CertificateKeeperTest {
    private static final String NAME = "relay.example.org";

    @TempDir
    private Path folder = Path.of("");

    private volatile Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private TestAuthority authority;
    private RelayService service;
    private CertificateChoice choice;
    private ChallengeCertificates proofs;
    private RelayListener listener;

    @BeforeEach
    void start() throws IOException, GeneralSecurityException {
        authority = new TestAuthority(() -> now);
        RelayIdentity identity = new RelayIdentity(PrivateKey.generate(new Seeded(1)));
        service = new RelayService(identity, RelayLimits.DEFAULT, null, Admission.EVERYBODY, new Seeded(2));
        choice = new CertificateChoice(identity.publicKey(), () -> now);
        proofs = new ChallengeCertificates();
        listener = RelayListener.open(
                loops,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new TlsEntrance(choice, proofs),
                Set.of(),
                service);
        authority.port = listener.address().getPort();
    }

    @AfterEach
    void stop() {
        authority.close();
        listener.close();
        service.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private AcmeSettings settings() throws IOException, GeneralSecurityException {
        return new AcmeSettings(authority.directory(), NAME, "ops@example.org", authority.roots(folder), folder);
    }

    private CertificateKeeper keeper() throws IOException, GeneralSecurityException {
        return CertificateKeeper.open(settings(), choice, proofs, () -> now, new Seeded(3));
    }

    private X509Certificate shown() throws IOException, GeneralSecurityException {
        try (SSLSocket socket = TestAuthority.connect(listener.address().getPort(), NAME, null)) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private List<Path> kept() throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> Files.isRegularFile(file)
                            && !file.getFileName().toString().equals("authority.pem"))
                    .toList();
        }
    }

    private Path kept(String name) throws IOException {
        return kept().stream().filter(file -> file.endsWith(name)).findFirst().orElseThrow();
    }

    @Test
    void asksForACertificateAndShowsItWithTheRelaysKey() throws Exception {
        CertificateKeeper keeper = keeper();
        assertNull(keeper.state().expires());
        assertThrows(SSLException.class, this::shown, "there is none to show");

        keeper.step();

        assertNull(keeper.state().problem());
        assertEquals(now.plus(Duration.ofDays(90)), keeper.state().expires());
        try (SSLSocket socket = TestAuthority.connect(listener.address().getPort(), NAME, null)) {
            X509Certificate[] chain = (X509Certificate[]) socket.getSession().getPeerCertificates();
            assertEquals(3, chain.length, "its own, the authority's, and the one that says the relay's key");
            chain[0].verify(authority.root().getPublicKey());
            assertTrue(AcmeOrder.covers(chain[0], NAME));
        }
        assertFalse(kept().isEmpty());
        for (Path file : kept()) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file::toString);
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())),
                    file::toString);
        }
    }

    @Test
    void asksNotAgainAfterARestart() throws Exception {
        keeper().step();
        X509Certificate first = shown();
        choice = new CertificateChoice(null, () -> now);
        authority.close();

        CertificateKeeper again = keeper();
        again.step();

        assertEquals(0, again.state().failures(), "nobody was asked");
        X509Certificate[] chain = choice.getCertificateChain(choice.chooseServerAlias("EC", null, null));
        assertNotNull(chain);
        assertEquals(first, chain[0]);
    }

    @Test
    void renewsInTimeByTheSameAccount() throws Exception {
        CertificateKeeper keeper = keeper();
        keeper.step();
        X509Certificate first = shown();
        Instant renewal = keeper.state().nextAttempt();
        now = renewal.minusSeconds(1);
        keeper.step();
        assertEquals(first, shown(), "not due yet");

        now = renewal;
        keeper.step();

        assertNotEquals(first, shown());
        assertEquals(now.plus(Duration.ofDays(90)), keeper.state().expires());
        assertEquals(1, authority.accounts());
        assertEquals(2, authority.ordersMade.get());
    }

    @Test
    void goesOnWithTheKeptOneWhileTheAuthorityIsDown() throws Exception {
        keeper().step();
        X509Certificate first = shown();
        authority.close();
        CertificateKeeper keeper = keeper();
        now = keeper.state().nextAttempt();

        keeper.step();

        assertEquals(first, shown());
        assertEquals(1, keeper.state().failures());
        assertTrue(
                String.valueOf(keeper.state().problem()).startsWith("no connection to localhost: "),
                () -> keeper.state().toString());
        Instant second = keeper.state().nextAttempt();
        assertTrue(second.isAfter(now) && second.isBefore(now.plus(Duration.ofMinutes(3))), second::toString);
        now = second;
        keeper.step();
        assertEquals(2, keeper.state().failures());
        assertEquals(first, shown());
    }

    @Test
    void saysWhatTheAuthorityDidNotFind() throws Exception {
        CertificateKeeper keeper = keeper();
        try (RelayServer another = RelayFixture.start(RelayFixture.settings(RelayLimits.DEFAULT))) {
            authority.port = another.address().getPort(); // where nobody speaks TLS
            keeper.step();
        }
        String problem = String.valueOf(keeper.state().problem());
        assertTrue(problem.contains("did not find our proof at " + NAME + ", port 443: no TLS there"), problem);
        assertTrue(problem.contains("has to lead here"), problem);

        authority.port = listener.address().getPort();
        now = keeper.state().nextAttempt();
        keeper.step();
        assertEquals(0, keeper.state().failures());
        assertNotNull(shown());
    }

    @Test
    void comesBackNoEarlierThanTheAuthorityWants() throws Exception {
        CertificateKeeper keeper = keeper();
        authority.refusal = "rateLimited";
        keeper.step();

        assertTrue(String.valueOf(keeper.state().problem()).contains("not today"), () -> keeper.state()
                .toString());
        assertTrue(
                keeper.state().nextAttempt().isAfter(Instant.now().plus(Duration.ofMinutes(110))),
                () -> keeper.state().toString());
    }

    @Test
    void saysWhichProofTheAuthorityWantsThatIsNotToBeHad() throws Exception {
        authority.challengeType = "dns-01";
        CertificateKeeper keeper = keeper();
        keeper.step();

        assertTrue(String.valueOf(keeper.state().problem()).contains("[dns-01]"), () -> keeper.state()
                .toString());
    }

    @Test
    void showsTheProofToNobodyElse() throws Exception {
        CertificateKeeper keeper = keeper();
        keeper.step();
        X509Certificate first = shown();
        Seen seen = new Seen();
        authority.whileItLooks = () -> {
            seen.usual = tryTo(null, NAME);
            seen.amongOthers = tryTo("http/1.1", NAME);
            seen.otherName = tryTo(ChallengeCertificates.PROTOCOL, "other.example.org");
        };
        now = keeper.state().nextAttempt();
        keeper.step();

        assertNull(keeper.state().problem());
        assertEquals(first, seen.usual);
        assertEquals(first, seen.amongOthers);
        assertEquals(first, seen.otherName);
        assertEquals(0, service.counters().closed(CloseReason.FAULT));
    }

    private static final class Seen {
        private @Nullable X509Certificate usual;
        private @Nullable X509Certificate amongOthers;
        private @Nullable X509Certificate otherName;
    }

    private X509Certificate tryTo(@Nullable String protocol, String name) {
        try (SSLSocket socket = TestAuthority.connect(listener.address().getPort(), name, protocol)) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void refusesFilesThatOthersCanRead() throws Exception {
        keeper().step();
        Path file = kept("certificate.pem");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        String message =
                String.valueOf(assertThrows(IOException.class, this::keeper).getMessage());
        assertTrue(message.contains("chmod 600 " + file), message);
    }

    @Test
    void saysWhichFileIsDamaged() throws Exception {
        keeper().step();
        Path file = kept("account.pem");
        Files.writeString(file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");

        String message =
                String.valueOf(assertThrows(IOException.class, this::keeper).getMessage());
        assertTrue(message.contains(file.toString()) && message.contains("a new one is made"), message);
    }

    @Test
    void asksForAnotherWhenTheNameHasChanged() throws Exception {
        keeper().step();
        AcmeSettings other =
                new AcmeSettings(authority.directory(), "Other.Example.ORG", null, authority.roots(folder), folder);
        CertificateKeeper keeper = CertificateKeeper.open(other, choice, proofs, () -> now, new Seeded(4));
        keeper.step();

        assertTrue(AcmeOrder.covers(shown(), "other.example.org"));
        assertEquals(1, authority.accounts());
    }

    @Test
    void refusesWhatNoAuthorityVouchesFor() {
        URI directory = URI.create("https://ca.example.org/directory");
        for (String name :
                List.of("localhost", "10.1.2.3", "a..b", "", "*.example.org", "-a.org", "x".repeat(64) + ".org")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new AcmeSettings(directory, name, null, null, folder),
                    () -> name);
        }
        for (String wrong : List.of("http://ca.example.org/directory", "ca.example.org", "https:directory")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new AcmeSettings(URI.create(wrong), NAME, null, null, folder),
                    () -> wrong);
        }
        assertThrows(IllegalArgumentException.class, () -> new AcmeSettings(directory, NAME, "nobody", null, folder));
    }

    @Test
    void aRelayGetsItsCertificateByItself() throws Exception {
        RelaySettings relay = RelayFixture.settings(RelayLimits.DEFAULT, Admission.EVERYBODY, null)
                .withTls(new RelaySettings.Automatic(settings()));
        authority.port = 0;
        authority.whileItLooks = () -> assertTrue(RelayFixture.eventually(() -> authority.port != 0));
        try (RelayServer server = RelayFixture.start(relay)) {
            authority.port = server.address().getPort();
            long deadlineNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(2); // keys of RSA are made meanwhile
            while (server.certificate().orElseThrow().expires() == null) {
                assertTrue(System.nanoTime() - deadlineNs < 0, () -> server.certificate()
                        .toString());
                Thread.sleep(5);
            }
            try (SSLSocket socket = TestAuthority.connect(server.address().getPort(), NAME, null)) {
                X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
                shown.verify(authority.root().getPublicKey());
            }
        }
    }
}
