package io.penstock.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.Greeting;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayLimits;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** DERP in the messages of a web socket, as browsers speak it, by the JDK's client. */
class WebSocketTest {
    private RelayServer server;
    private final BlockingQueue<ByteBuffer> messages = new LinkedBlockingQueue<>();
    private ByteBuffer rest = ByteBuffer.allocate(0);

    @BeforeEach
    void start() throws IOException {
        server = RelayFixture.start(RelayFixture.settings(RelayLimits.DEFAULT));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private WebSocket open(HttpClient http) {
        URI uri = URI.create("ws://127.0.0.1:" + server.address().getPort() + "/derp");
        return http.newWebSocketBuilder()
                .subprotocols("derp")
                .buildAsync(uri, new Receiver())
                .join();
    }

    private final class Receiver implements WebSocket.Listener {
        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            ByteBuffer copy = ByteBuffer.allocate(data.remaining());
            messages.add(copy.put(data).flip());
            socket.request(1);
            return null;
        }
    }

    private Frame next(FrameDecoder decoder) throws Exception {
        while (true) {
            Frame frame = decoder.decode(rest);
            if (frame != null) {
                return frame;
            }
            ByteBuffer more = messages.poll(10, TimeUnit.SECONDS);
            assertTrue(more != null, "no message");
            rest = more;
        }
    }

    @Test
    void passesPacketsBetweenABrowserAndAnOrdinaryClient() throws Exception {
        FrameDecoder decoder = new FrameDecoder(FrameDecoder.Side.CLIENT);
        try (HttpClient http = HttpClient.newHttpClient();
                TestClient bob = TestClient.join(server.address(), 2);
                TestClient keys = new TestClient(new Socket(), 1)) {
            WebSocket socket = open(http);
            assertEquals("derp", socket.getSubprotocol());
            Frame.ServerKey relay = (Frame.ServerKey) next(decoder);
            byte[] hello = TestClient.bytes(
                    keys.helloFrame(relay.key(), Greeting.ofNode().encode()));
            socket.sendBinary(ByteBuffer.wrap(hello, 0, 50), false).join(); // borders mean nothing
            socket.sendBinary(ByteBuffer.wrap(hello, 50, 20), true).join();
            socket.sendBinary(ByteBuffer.wrap(hello, 70, hello.length - 70), true)
                    .join();
            assertTrue(next(decoder) instanceof Frame.ServerInfo);
            byte[] packet = new byte[1400];
            packet[7] = 9;
            Frame send = new Frame.SendPacket(bob.key(), ByteBuffer.wrap(packet));
            socket.sendBinary(ByteBuffer.wrap(TestClient.bytes(send)), true).join();
            assertArrayEquals(packet, bob.nextPacket(keys.key()));
            bob.sendTo(keys.key(), new byte[] {3});
            assertEquals(bob.key(), ((Frame.RecvPacket) next(decoder)).source());
            socket.abort();
        }
    }

    @Test
    void endsWhoSendsText() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            WebSocket socket = open(http);
            socket.sendText("hello", true).join();
            RelayFixture.assertClosed(server, CloseReason.BAD_WEB_SOCKET);
            socket.abort();
        }
    }

    @Test
    void endsWhoseMessageIsTooLong() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            WebSocket socket = open(http);
            CompletableFuture<WebSocket> unused = socket.sendBinary(ByteBuffer.allocate((1 << 20) + 1), true);
            RelayFixture.assertClosed(server, CloseReason.BAD_WEB_SOCKET);
            socket.abort();
        }
    }

    @Test
    void speaksPlainDerpWithThoseWhoNameNoSubprotocol() throws IOException {
        try (TestClient old = TestClient.connect(server.address(), 1)) {
            String request = "GET /derp HTTP/1.1|Host: r|Upgrade: WebSocket|Connection: Upgrade||";
            old.write(request.replace("|", "\r\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertTrue(old.head().startsWith("HTTP/1.1 101 "));
            old.hello(old.serverKey(), Greeting.ofNode());
            old.next(Frame.ServerInfo.class);
        }
    }
}
