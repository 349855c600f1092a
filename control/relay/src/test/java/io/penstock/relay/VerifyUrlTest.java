package io.penstock.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The question to a coordinator, over HTTP on the loopback. */
class VerifyUrlTest {
    private static final NodeKey KEY = NodeKey.of(new byte[32]);

    private HttpServer coordinator;
    private VerifyUrl admission;
    private volatile int status = 200;
    private volatile String answer = "";
    private volatile String question = "";

    @BeforeEach
    void start() throws IOException {
        coordinator = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        coordinator.createContext("/verify", exchange -> {
            question = exchange.getRequestMethod() + " "
                    + new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            byte[] body = answer.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        coordinator.start();
        admission = new VerifyUrl(
                URI.create("http://127.0.0.1:" + coordinator.getAddress().getPort() + "/verify"));
    }

    @AfterEach
    void stop() {
        admission.close();
        coordinator.stop(0);
    }

    private boolean ask(String source) {
        return admission
                .admits(KEY, Endpoint.parse(source))
                .toCompletableFuture()
                .join();
    }

    @Test
    void asksInTheFormThatCoordinatorsKnow() {
        answer = "{\"Allow\":true}";
        assertTrue(ask("192.0.2.1:5"));
        assertEquals("POST {\"NodePublic\":\"nodekey:" + "00".repeat(32) + "\",\"Source\":\"192.0.2.1\"}", question);
        answer = "{\"Allow\":false}";
        assertFalse(ask("[2001:db8::1]:5"));
        assertTrue(question.endsWith("\"Source\":\"2001:db8::1\"}"), question);
    }

    @Test
    void failsForWhateverIsNoClearAnswer() {
        for (String unclear :
                new String[] {"", "yes", "{\"Allow\":", "{\"Allow\":true," + " ".repeat(5000) + "\"a\":1}"}) {
            answer = unclear;
            assertThrows(CompletionException.class, () -> ask("192.0.2.1:5"), unclear);
        }
        answer = "{\"Allow\":true}";
        status = 500;
        assertThrows(CompletionException.class, () -> ask("192.0.2.1:5"));
        status = 302;
        assertThrows(CompletionException.class, () -> ask("192.0.2.1:5"));
    }

    @Test
    void failsIfNobodyAnswers() {
        coordinator.stop(0);
        assertThrows(CompletionException.class, () -> ask("192.0.2.1:5"));
    }
}
