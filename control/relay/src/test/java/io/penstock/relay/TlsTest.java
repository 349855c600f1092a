package io.penstock.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.ssl.SslProvider;
import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.tls.Certificates;
import io.penstock.relay.tls.TlsEngine;
import io.penstock.wireguard.PublicKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A relay behind TLS, over real sockets on the loopback. */
class TlsTest {
    private Certificates.SelfSigned own;
    private RelayServer server;

    @BeforeEach
    void start() throws IOException {
        Instant now = Instant.now();
        own = Certificates.selfSigned(
                List.of("relay.example"),
                List.of(new byte[] {127, 0, 0, 1}),
                now.minusSeconds(60),
                now.plus(Duration.ofDays(1)));
        server = RelayFixture.start(RelayFixture.settings(
                RelayLimits.DEFAULT,
                Admission.EVERYBODY,
                new RelaySettings.Tls(own.key(), List.of(own.certificate()))));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Connects, and takes whatever certificate it is shown. */
    private static SSLSocket connect(InetSocketAddress relay, String version)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anything()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(relay.getAddress(), relay.getPort());
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        return socket;
    }

    private record Anything() implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** The relay's key as a client finds it, which looks for the name in all certificates. */
    private static PublicKey keyIn(X509Certificate[] chain) {
        PublicKey found = null;
        for (X509Certificate certificate : chain) {
            String name = certificate.getSubjectX500Principal().getName();
            PublicKey key = DerpHttp.keyOf(name.substring("CN=".length()));
            if (key != null) {
                found = key;
                assertEquals(BigInteger.TWO, certificate.getSerialNumber(), "the version");
            }
        }
        assertNotNull(found);
        return found;
    }

    @Test
    void saysItsKeyInTheHandshakeSoThatTheHelloNeedNotWait() throws Exception {
        try (TestClient bob = join(2);
                SSLSocket socket = connect(server.address(), "TLSv1.3");
                TestClient alice = new TestClient(socket, 1)) {
            X509Certificate[] chain = (X509Certificate[]) socket.getSession().getPeerCertificates();
            assertEquals(2, chain.length);
            assertEquals(own.pinnedName(), "sha256-raw:" + Certificates.fingerprint(chain[0]));
            chain[0].verify(chain[0].getPublicKey());
            chain[1].verify(chain[1].getPublicKey());
            chain[1].checkValidity();
            assertTrue(chain[1].getCriticalExtensionOIDs().contains("2.5.29.19"), "basic constraints");
            PublicKey relay = keyIn(chain);
            ByteArrayOutputStream flight = new ByteArrayOutputStream();
            String request = "GET /derp HTTP/1.1|Host: r|Upgrade: DERP|Connection: Upgrade|Derp-Fast-Start: 1||";
            flight.writeBytes(request.replace("|", "\r\n").getBytes(UTF_8));
            flight.writeBytes(
                    TestClient.bytes(alice.helloFrame(relay, Greeting.ofNode().encode())));
            flight.writeBytes(TestClient.bytes(new Frame.SendPacket(bob.key(), ByteBuffer.wrap(new byte[] {9}))));
            alice.write(flight.toByteArray());
            assertEquals(relay, alice.serverKey());
            alice.next(Frame.ServerInfo.class);
            assertArrayEquals(new byte[] {9}, bob.nextPacket(alice.key()));
        }
    }

    @Test
    void speaksTlsByBoringSslWhereThatIs() {
        assertEquals(SslProvider.OPENSSL, TlsEngine.choose(), "of Linux on x86-64 and ARM the natives are there");
    }

    private TestClient join(long seed) throws IOException, GeneralSecurityException {
        return join(server.address(), seed);
    }

    static TestClient join(InetSocketAddress relay, long seed) throws IOException, GeneralSecurityException {
        TestClient client = new TestClient(connect(relay, "TLSv1.2"), seed);
        client.upgrade("");
        client.hello(client.serverKey(), Greeting.ofNode());
        client.next(Frame.ServerInfo.class);
        return client;
    }

    @Test
    void passesManyPacketsThroughTls() throws Exception {
        try (TestClient alice = join(1);
                TestClient bob = join(2)) {
            byte[] packet = new byte[1420];
            for (int i = 0; i < 500; i++) {
                packet[0] = (byte) i;
                alice.sendTo(bob.key(), packet);
            }
            for (int i = 0; i < 500; i++) {
                assertEquals((byte) i, bob.nextPacket(alice.key())[0]);
            }
        }
    }

    @Test
    void closesWhoSpeaksNoTls() throws Exception {
        try (Socket socket = new Socket(
                        server.address().getAddress(), server.address().getPort());
                TestClient plain = new TestClient(socket, 1)) {
            plain.write("GET /derp HTTP/1.1\r\n\r\n".getBytes(UTF_8));
            plain.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_TLS);
    }
}
