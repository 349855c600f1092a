package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayDoor;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.edge.RelayService;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The relay behind the coordinator's listener, over real sockets on the loopback. */
class RelayTakeoverTest {
    @TempDir
    private Path parent;

    private Store store;
    private RelayService relay;
    private HttpListener listener;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, new TestClock());
        relay = new RelayService(
                new RelayIdentity(PrivateKey.generate(new Seeded(5))),
                RelayLimits.DEFAULT,
                null,
                Admission.EVERYBODY,
                new Seeded(6));
        Api api = new Api(
                new Administration(
                        store, (text, users, nodes) -> Optional.empty(), provider -> Optional.empty(), new Seeded(2)),
                id -> false,
                Samples.noPings());
        listener = HttpListener.open(
                new ListenSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Set.of("localhost"),
                        null,
                        Duration.ofSeconds(30),
                        100),
                new Doors(api, Pages.NONE, List.of(new RelayTakeover(new RelayDoor(relay, false)))));
    }

    @AfterEach
    void close() {
        listener.close();
        relay.close();
        store.close();
    }

    private Socket ask(String request) throws IOException {
        Socket socket =
                new Socket(listener.address().getAddress(), listener.address().getPort());
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request.replace("|", "\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void speaksDerpByAnyName() throws Exception {
        String request = "GET /derp HTTP/1.1|Host: 192.0.2.1|Upgrade: DERP|Connection: Upgrade|Derp-Fast-Start: 1||";
        try (Socket socket = ask(request)) {
            byte[] first = socket.getInputStream().readNBytes(Frame.HEADER_LENGTH + 40);
            Frame frame = new FrameDecoder(FrameDecoder.Side.CLIENT).decode(ByteBuffer.wrap(first));
            assertEquals(
                    relay.identity().publicKey(),
                    assertInstanceOf(Frame.ServerKey.class, frame).key());
            assertEquals(1, relay.counters().connections());
            socket.getOutputStream().write(new byte[] {4, 0, 0, 0, 0}); // a packet before the hello
            assertEquals(-1, socket.getInputStream().read());
        }
        listener.close();
        assertEquals(1, relay.counters().closed(CloseReason.BAD_HELLO));
    }

    @Test
    void answersProbesAndLeavesTheOtherPathsAlone() throws Exception {
        try (Socket socket = ask("GET /generate_204 HTTP/1.1|Host: x|X-Tailscale-Challenge: ts_x||")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.startsWith("HTTP/1.1 204 "), answer);
            assertTrue(
                    answer.toLowerCase(java.util.Locale.ROOT).contains("x-tailscale-response: response ts_x"), answer);
        }
        try (Socket socket = ask("GET / HTTP/1.1|Host: localhost|Connection: close||")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertFalse(answer.contains("DERP"), answer);
        }
    }
}
