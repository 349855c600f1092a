package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each path to its door, with what the door is told. */
class FrontDoorTest {
    @TempDir
    private Path parent;

    private final AtomicReference<PageRequest> seen = new AtomicReference<>();
    private final CountDownLatch slowBegan = new CountDownLatch(1);
    private Store store;
    private HttpListener listener;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, new TestClock());
        Api api = new Api(
                new Administration(
                        store, (text, users, nodes) -> Optional.empty(), provider -> Optional.empty(), new Seeded(2)),
                id -> false,
                Samples.noPings());
        ListenSettings settings = new ListenSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Set.of("localhost"),
                null,
                Duration.ofSeconds(20),
                10);
        listener = HttpListener.open(settings, new Doors(api, new Greetings(), List.of(new Shouting())));
    }

    @AfterEach
    void close() {
        listener.close();
        store.close();
    }

    @Test
    void pageSeesQueryFormAndCookies() throws Exception {
        String answer = exchange(lines(
                "POST /hello?a=1&a=2&b=%C3%BC HTTP/1.1",
                "Host: localhost",
                "Cookie: session=s1; theme=dark",
                "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
                "Content-Length: 11",
                "Connection: close",
                "",
                "c=x+y&d=%26"));

        PageRequest request = seen.get();
        assertEquals("POST", request.method());
        assertEquals("/hello", request.path());
        assertEquals(Map.of("a", List.of("1", "2"), "b", List.of("ü")), request.query());
        assertEquals(Map.of("c", List.of("x y"), "d", List.of("&")), request.form());
        assertEquals(Map.of("session", "s1", "theme", "dark"), request.cookies());
        assertTrue(request.from().isLoopbackAddress());
        assertFalse(request.isSecure());
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        assertTrue(answer.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"), answer);
        assertTrue(answer.endsWith("\r\n\r\n<p>hello"), answer);
    }

    @Test
    void pageSeesNoFormInABodyOfAnotherType() throws Exception {
        exchange(lines(
                "POST /hello HTTP/1.1",
                "Host: localhost",
                "Content-Type: text/plain",
                "Content-Length: 3",
                "Connection: close",
                "",
                "a=1"));
        assertEquals(Map.of(), seen.get().form());
    }

    @Test
    void pageIsNotServedUnderAnotherNameOrToAnotherOrigin() throws Exception {
        assertStatus(421, lines("GET /hello HTTP/1.1", "Host: evil.example", "", ""));
        assertStatus(
                403,
                lines(
                        "POST /hello HTTP/1.1",
                        "Host: localhost",
                        "Origin: https://evil.example",
                        "Content-Length: 0",
                        "",
                        ""));
        assertEquals(2, listener.counters().wrongHost() + listener.counters().foreignOrigin());
    }

    @Test
    void formFromElsewhereIsTakenWhereThePagesSaySo() throws Exception {
        String body = "a=" + "b".repeat(PageCalls.MAX_FOREIGN_FORM_LENGTH - 2);
        String[] head = {
            "POST /hello/elsewhere HTTP/1.1",
            "Host: localhost",
            "Origin: null",
            "Connection: close",
            "Content-Type: application/x-www-form-urlencoded"
        };
        String start = String.join("\r\n", head) + "\r\nContent-Length: ";
        assertStatus(200, start + body.length() + "\r\n\r\n" + body);
        assertStatus(413, start + (body.length() + 1) + "\r\n\r\n" + body + "b");
        assertStatus(421, lines("POST /hello/elsewhere HTTP/1.1", "Host: evil.example", "", ""));
        assertEquals(0, listener.counters().foreignOrigin());
    }

    @Test
    void pageThatIsAWayInIsTriedSoOftenAndNotMore() throws Exception {
        String request = lines("GET /hello/in HTTP/1.1", "Host: localhost", "Connection: close", "", "");
        for (int i = 0; i < 10; i++) {
            assertStatus(200, request);
        }

        String answer = exchange(request);

        assertTrue(answer.startsWith("HTTP/1.1 429 ") && answer.endsWith("<p>wait"), answer);
        assertEquals(1, listener.counters().tooManyAttempts());
    }

    @Test
    void longFormIsNotHandedToAPage() throws Exception {
        String body = "a=" + "x".repeat(16 << 10);
        assertStatus(
                413,
                lines(
                        "POST /hello HTTP/1.1",
                        "Host: localhost",
                        "Content-Type: application/x-www-form-urlencoded",
                        "Content-Length: " + body.length(),
                        "",
                        body));
        assertEquals(1, listener.counters().tooLarge());
    }

    @Test
    void pageSeesWhoMadeTheBrowserAsk() throws Exception {
        exchange(lines(
                "GET /hello HTTP/1.1",
                "Host: localhost:8480",
                "Origin: http://localhost:9999",
                "Sec-Fetch-Site: same-site",
                "Connection: close",
                "",
                ""));
        assertEquals(
                new PageRequest.Initiator("localhost:8480", "http://localhost:9999", "same-site"),
                seen.get().initiator());
    }

    @Test
    void failingPageIsAFaultOfOurs() throws Exception {
        assertStatus(500, "GET /hello/broken HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    @Test
    void badEscapesAreRefused() throws Exception {
        assertStatus(400, lines("GET /%zz HTTP/1.1", "Host: localhost", "Connection: close", "", ""));
        assertStatus(400, lines("GET /hello?a=%zz HTTP/1.1", "Host: localhost", "Connection: close", "", ""));
        assertStatus(
                400,
                lines(
                        "POST /hello HTTP/1.1",
                        "Host: localhost",
                        "Content-Length: 5",
                        "Content-Type: application/x-www-form-urlencoded",
                        "",
                        "a=%zz"));
        assertEquals(3, listener.counters().malformed());
    }

    /** RFC 9112, 9.3.2; the slow one is first. */
    @Test
    void requestsOfOneSegmentAreAnsweredOneAfterTheOther() throws Exception {
        String slow = lines("POST /hello/slow HTTP/1.1", "Host: localhost", "Content-Length: 0", "", "");
        String signIn = lines("POST /api/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: 2", "", "{}");
        String missing = lines("GET /api/v1/missing HTTP/1.1", "Host: localhost", "", "");
        String last = lines("GET /hello HTTP/1.1", "Host: localhost", "Connection: close", "", "");

        String answer = exchange(slow + signIn + missing + last + missing);

        List<String> statuses = Pattern.compile("HTTP/1.1 (\\d+) ")
                .matcher(answer)
                .results()
                .map(m -> m.group(1))
                .toList();
        assertEquals(List.of("200", "422", "404", "200"), statuses, answer);
        assertEquals(4, listener.counters().requests(), "what comes behind the last request is not looked at");
        assertEquals(0, listener.counters().timedOut());
    }

    @Test
    void connectionIsNotTakenOverBehindARequestAtWork() throws Exception {
        String slow = lines("POST /hello/slow HTTP/1.1", "Host: localhost", "Content-Length: 0", "", "");

        String answer = exchange(slow + "POST /shout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nglued\n");

        assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.contains("HTTP/1.1 400 "), answer);
        assertEquals(1, listener.counters().malformed());
        assertEquals(0, listener.counters().taken());
    }

    @Test
    void connectionIsTakenOverAfterAnAnswer() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(lines("GET /hello HTTP/1.1", "Host: localhost", "", "")
                            .getBytes(StandardCharsets.UTF_8));
            StringBuilder answer = new StringBuilder();
            while (!answer.toString().endsWith("<p>hello")) {
                answer.append((char) socket.getInputStream().read());
            }
            socket.getOutputStream()
                    .write("POST /shout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nglued\n"
                            .getBytes(StandardCharsets.UTF_8));
            String taken = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(taken.startsWith("HTTP/1.1 101 ") && taken.endsWith("GLUED"), taken);
        }
    }

    @Test
    void connectionIsTakenOverWithWhatCameBehindTheRequest() throws Exception {
        String answer = exchange("POST /shout HTTP/1.1\r\nHost: any.name\r\nContent-Length: 0\r\n\r\nglued\n");

        assertTrue(answer.startsWith("HTTP/1.1 101 "), answer);
        assertTrue(answer.endsWith("\r\n\r\nGLUED"), answer);
        assertEquals(1, listener.counters().taken());
    }

    @Test
    void requestUnderWayIsAnsweredWhenTheListenerEnds() throws Exception {
        try (Socket socket = connect()) {
            String request = lines("GET /hello/slow HTTP/1.1", "Host: localhost", "", "");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            assertTrue(slowBegan.await(20, TimeUnit.SECONDS));

            listener.close();

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 200 ") && answer.endsWith("<p>hello"), answer);
        }
    }

    @Test
    void takenConnectionIsStillCountedAndClosedAtTheEnd() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write("POST /shout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                            .getBytes(StandardCharsets.UTF_8));
            assertEquals('H', socket.getInputStream().read());
            assertEquals(1, listener.counters().openConnections());
            listener.close();
            assertTrue(
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).startsWith("TTP/1.1"));
        }
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines);
    }

    private void assertStatus(int status, String request) throws IOException {
        String answer = exchange(request);
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(listener.address().getAddress(), listener.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private String exchange(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A page. */
    private final class Greetings implements Pages {
        @Override
        public boolean serves(String path) {
            return path.startsWith("/hello");
        }

        @Override
        public boolean isWayIn(String method, String path) {
            return path.endsWith("in");
        }

        @Override
        public boolean takesFormsFromElsewhere(String method, String path) {
            return method.equals("POST") && path.endsWith("elsewhere");
        }

        @Override
        public PageResponse tooManyAttempts() {
            return new PageResponse(429, List.of(), "<p>wait");
        }

        @Override
        public void write(MetricsText out) {}

        @Override
        public PageResponse handle(PageRequest request) {
            if (request.path().endsWith("broken")) {
                throw new IllegalStateException("broken, as the test wants it");
            }
            if (request.path().endsWith("slow")) {
                pause();
            }
            seen.set(request);
            return new PageResponse(
                    200,
                    List.of(new PageResponse.Header("Set-Cookie", "a=1"), new PageResponse.Header("Set-Cookie", "b=2")),
                    "<p>hello");
        }
    }

    private void pause() {
        slowBegan.countDown();
        try {
            Thread.sleep(300);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A protocol of one line, which it says back in capitals. */
    private static final class Shouting implements Takeover {
        @Override
        public boolean takes(String path) {
            return path.equals("/shout");
        }

        @Override
        public void take(Channel channel, FullHttpRequest request) {
            channel.writeAndFlush(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    ByteBuf line = (ByteBuf) message;
                    for (int i = line.readerIndex(); i < line.writerIndex(); i++) {
                        line.setByte(i, Character.toUpperCase(line.getByte(i)));
                    }
                    context.writeAndFlush(line.slice(line.readerIndex(), line.readableBytes() - 1))
                            .addListener(ChannelFutureListener.CLOSE);
                }
            });
            channel.pipeline().remove(HTTP_CODEC);
        }
    }
}
