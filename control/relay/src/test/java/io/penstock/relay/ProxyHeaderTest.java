package io.penstock.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Behind a balancer, which says from where its connections come. */
class ProxyHeaderTest {
    private static final String V1 = "PROXY TCP4 203.0.113.7 192.0.2.1 5555 443\r\n";

    /** Version 2, TCP over IPv6, from [2001:db8::7]:5555. */
    private static final byte[] V2 = HexFormat.of()
            .parseHex("0d0a0d0a000d0a515549540a" + "21" + "21" + "0024" + "20010db8000000000000000000000007"
                    + "20010db8000000000000000000000001" + "15b3" + "01bb");

    /** Version 2, of the balancer's own. */
    private static final byte[] V2_LOCAL = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "20" + "00" + "0000");

    private final BlockingQueue<Endpoint> sources = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RelayServer server;

    @AfterEach
    void stop() {
        server.close();
    }

    private void start(Set<InetAddress> balancers, int burst) throws IOException {
        RelayLimits usual = RelayLimits.DEFAULT;
        RelayLimits limits = new RelayLimits(
                100,
                0.01,
                burst,
                usual.httpTimeout(),
                usual.helloTimeout(),
                usual.keepAlive(),
                usual.stall(),
                0,
                0,
                usual.queue());
        RelaySettings plain = RelayFixture.settings(
                limits,
                (key, source) -> {
                    sources.add(source);
                    return CompletableFuture.completedFuture(true);
                },
                null);
        server = RelayFixture.start(new RelaySettings(
                plain.address(),
                plain.stunAddresses(),
                null,
                balancers,
                plain.identity(),
                plain.admission(),
                null,
                List.of(),
                plain.limits(),
                plain.goodbye(),
                1));
    }

    private static Set<InetAddress> here() {
        return Set.of(InetAddress.getLoopbackAddress());
    }

    private void join(TestClient client, byte[] header) throws IOException {
        client.write(header);
        client.upgrade("");
        client.hello(client.serverKey(), Greeting.ofNode());
        client.next(Frame.ServerInfo.class);
    }

    @Test
    void takesTheClientsAddressFromTheBalancer() throws Exception {
        start(here(), 100);
        try (TestClient one = TestClient.connect(server.address(), 1);
                TestClient other = TestClient.connect(server.address(), 2);
                TestClient balancer = TestClient.connect(server.address(), 3)) {
            join(one, V1.getBytes(US_ASCII));
            assertEquals(Endpoint.parse("203.0.113.7:5555"), sources.take());
            join(other, V2);
            assertEquals(Endpoint.parse("[2001:db8::7]:5555"), sources.take());
            join(balancer, V2_LOCAL);
            assertTrue(sources.take().toString().startsWith("127.0.0.1:"), "its own");
            one.sendTo(other.key(), new byte[] {1});
            assertEquals(1, other.nextPacket(one.key()).length);
        }
    }

    @Test
    void readsAHeaderInPieces() throws Exception {
        start(here(), 100);
        try (TestClient client = TestClient.connect(server.address(), 1)) {
            for (byte each : V1.getBytes(US_ASCII)) {
                client.write(new byte[] {each});
            }
            join(client, new byte[0]);
            assertEquals(Endpoint.parse("203.0.113.7:5555"), sources.take());
        }
    }

    @Test
    void countsConnectionsByTheClientsAddressAndNotTheBalancers() throws Exception {
        start(here(), 3);
        for (int i = 0; i < 9; i++) {
            try (TestClient client = TestClient.connect(server.address(), i)) {
                client.write(V1.replace("203.0.113.7", "203.0.113." + i / 3).getBytes(US_ASCII));
                client.upgrade("");
            }
        }
        try (TestClient fourth = TestClient.connect(server.address(), 10)) {
            fourth.write(V1.replace("203.0.113.7", "203.0.113.0").getBytes(US_ASCII));
            fourth.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.CONNECTION_RATE);
    }

    @Test
    void closesABalancersConnectionWithoutAHeader() throws Exception {
        start(here(), 100);
        try (TestClient client = TestClient.connect(server.address(), 1)) {
            client.write("GET /derp HTTP/1.1\r\nHost: r\r\n\r\n".getBytes(US_ASCII));
            client.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_PROXY_HEADER);
    }

    @Test
    void closesAConnectionThatComesFromNoAddress() throws Exception {
        start(here(), 100);
        try (TestClient client = TestClient.connect(server.address(), 1)) {
            client.write("PROXY UNKNOWN\r\n".getBytes(US_ASCII));
            client.awaitClose();
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_PROXY_HEADER);
    }

    @Test
    void believesNobodyElse() throws Exception {
        start(Set.of(InetAddress.ofLiteral("192.0.2.1")), 100);
        try (TestClient client = TestClient.connect(server.address(), 1)) {
            client.write(V1.getBytes(US_ASCII));
            client.write("GET /derp HTTP/1.1\r\nHost: r\r\n\r\n".getBytes(US_ASCII));
            assertTrue(client.head().startsWith("HTTP/1.1 400 "));
        }
        RelayFixture.assertClosed(server, CloseReason.BAD_HTTP);
    }
}
