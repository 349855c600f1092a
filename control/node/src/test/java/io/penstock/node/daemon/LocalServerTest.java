package io.penstock.node.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.api.Answer;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.LocalApi;
import io.penstock.node.api.Request;
import io.penstock.node.api.VersionResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The local API's socket in hostile hands: whoever breaks the rules loses his connection, and all others are served. */
@Timeout(120)
class LocalServerTest {
    private static final LocalServer.Limits LIMITS = new LocalServer.Limits(16, 4, 1_000, 2_000, 1_000);
    private static final String VERSION = "{\"verb\":\"version\"}\n";
    private static final int MANY = 1_000;
    private static final int EVENT_BYTES = 1 << 20;

    @TempDir
    private Path folder = Path.of("");

    private final List<AutoCloseable> open = new ArrayList<>();
    private final AtomicInteger told = new AtomicInteger(); // events that a watcher was told

    @BeforeEach
    void start() throws IOException {
        start(LIMITS);
    }

    private void start(LocalServer.Limits limits) throws IOException {
        open.add(LocalServer.open(socket(), this::answer, limits));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private Path socket() {
        return folder.resolve("s");
    }

    private void answer(Request request, Replies replies) {
        if (!(request instanceof Request.Watch)) {
            replies.result(new VersionResult("test", 1));
            return;
        }
        Answer event = Answer.event("x".repeat(EVENT_BYTES));
        Thread.ofVirtual().start(() -> {
            while (!replies.isOver()) {
                replies.newest(event);
                told.incrementAndGet();
                pause(1);
            }
        });
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A connection, with what it says by lines. */
    private final class Caller {
        final SocketChannel channel;
        final BufferedReader in;

        Caller() throws IOException {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            open.add(channel);
            channel.connect(UnixDomainSocketAddress.of(socket()));
            in = new BufferedReader(Channels.newReader(channel, US_ASCII));
        }

        Caller say(String text) throws IOException {
            return say(text.getBytes(US_ASCII));
        }

        /** Whoever is hung up on has said enough. */
        Caller say(byte[] bytes) throws IOException {
            try {
                for (ByteBuffer out = ByteBuffer.wrap(bytes); out.hasRemaining(); ) {
                    channel.write(out);
                }
            } catch (IOException e) {
                assertTrue(
                        String.valueOf(e.getMessage()).contains("Broken pipe")
                                || String.valueOf(e.getMessage()).contains("reset"),
                        e.toString());
            }
            return this;
        }

        /** The next answer, null at the end. */
        @Nullable Answer hear() throws Exception {
            String line;
            try {
                line = in.readLine();
            } catch (IOException e) {
                return null; // a reset: it has not read all that was said
            }
            return line == null ? null : Answer.decode(line.getBytes(US_ASCII));
        }

        void mustBeRefused(ApiError.Code code) throws Exception {
            Answer answer = hear();
            assertNotNull(answer);
            assertNotNull(answer.error());
            assertEquals(code, answer.error().code());
            assertNull(hear(), "and that is the end");
        }
    }

    /** A caller is served, or is once those who have hung up are noticed. */
    private void mustServe() throws Exception {
        for (int i = 0; ; i++) {
            Caller caller = new Caller();
            Answer answer = caller.say(VERSION).hear();
            caller.channel.close();
            if (answer != null && answer.result() != null) {
                return;
            }
            assertTrue(i < 100, () -> "serves nobody any more, but says " + answer);
            pause(100);
        }
    }

    @Test
    void saysWhenAPathIsTooLongForASocket() {
        Path path = folder.resolve("a".repeat(120));
        IOException refused = assertThrows(IOException.class, () -> LocalServer.open(path, this::answer, LIMITS));
        assertTrue(String.valueOf(refused.getMessage()).contains("107 bytes at most"), refused.toString());
    }

    @Test
    void refusesALineThatIsTooLong() throws Exception {
        Caller caller = new Caller().say("{\"verb\":\"" + "x".repeat(LocalApi.MAX_REQUEST_BYTES));
        caller.mustBeRefused(ApiError.Code.BAD_REQUEST);
        mustServe();
    }

    @Test
    void hangsUpOnHalfALine() throws Exception {
        Caller caller = new Caller().say("{\"verb\":");
        mustServe();
        assertNull(caller.hear());
    }

    @Test
    void hangsUpOnWhoSendsAByteNowAndThen() throws Exception {
        Caller caller = new Caller();
        long startNs = System.nanoTime();
        Thread slow = Thread.ofVirtual().start(() -> {
            try {
                while (caller.channel.isConnected()) {
                    caller.say(" ");
                    pause(100);
                }
            } catch (IOException e) {
                return; // closed by the end of the test
            }
        });
        assertNull(caller.hear());
        assertTrue(System.nanoTime() - startNs >= LIMITS.lineMs() * 1_000_000L, "its silences were short enough");
        caller.channel.close();
        slow.join();
        mustServe();
    }

    @Test
    void refusesWhatIsNoRequest() throws Exception {
        for (String text : List.of(
                "{\"verb\":\"format-the-disk\"}\n",
                "{\"verb\":\"version\"\n",
                "{}\n",
                "\n",
                "[".repeat(60_000) + "\n",
                "{\"verb\":".repeat(6_000) + "\n",
                "{\"verb\":\"version\",\"verb\":[" + "[".repeat(50_000) + "\n",
                "GET / HTTP/1.1\r\n",
                "\0\0\0\n")) {
            new Caller().say(text).mustBeRefused(ApiError.Code.BAD_REQUEST);
        }
        mustServe();
    }

    @Test
    void survivesNoise() throws Exception {
        Random random = new Random(17);
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[1 + random.nextInt(4_000)];
            random.nextBytes(noise);
            Caller caller = new Caller().say(noise);
            caller.channel.close();
        }
        mustServe();
    }

    @Test
    void refusesMoreThanItTakesAndServesAgainOnceTheyAreGone() throws Exception {
        start(new LocalServer.Limits(LIMITS.callers(), LIMITS.kept(), 60_000, 60_000, LIMITS.writeMs()));
        List<Caller> callers = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < MANY; i++) {
            Caller caller = new Caller();
            callers.add(caller);
            if (i >= LIMITS.callers()) { // a caller of the first is not heard of before it says something
                Answer answer = caller.hear();
                assertNotNull(answer);
                assertNotNull(answer.error());
                assertEquals(ApiError.Code.BUSY, answer.error().code());
                refused++;
                caller.channel.close();
            }
        }
        assertEquals(MANY - LIMITS.callers(), refused);
        for (Caller caller : callers) {
            caller.channel.close();
        }
        mustServe();
    }

    /** One who watches and does not read costs what one status takes, is hung up on, and holds nobody up. */
    @Test
    void keepsOneStatusForAWatcherWhoDoesNotRead() throws Exception {
        Caller slow = new Caller().say("{\"verb\":\"watch\"}\n");
        int before = -1;
        while (told.get() != before) { // until it is over for the slow one
            mustServe();
            before = told.get();
            pause(500);
        }
        long bytes = slow.in.transferTo(Writer.nullWriter());
        assertTrue(before > 256, before + " events: more than a queue would have held");
        assertTrue(bytes <= 3L * EVENT_BYTES, bytes + " bytes were kept for it");
    }
}
