package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.server.model.Node;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that shares no code with ours, in Python with the distribution's libraries for the ciphers and HTTP/2. It could be wrong
 * only where the description that both were written from is.
 */
@Tag("live")
class ForeignNodeTest {
    private static final Path PROGRAM = Path.of("src/test/python/foreign_node.py");
    private static final Pattern AUTH_URL = Pattern.compile("\"AuthURL\": \"[^\"]+/register/([^\"]+)\"");

    @TempDir
    private Path parent;

    private EdgeFixture edge;
    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        edge = new EdgeFixture(parent, Ts2021Limits.DEFAULT);
        edge.maps.greeting = MapFrame::keepAlive;
    }

    @AfterEach
    void close() {
        edge.close();
    }

    @Test
    void joinsByKeyAndFollowsItsMaps() throws Exception {
        int status = run(
                line -> {
                    if (line.contains("\"report\"")) {
                        edge.maps.only().say(EdgeTest.frame("{\"a\":1}"));
                        edge.maps.only().say(EdgeTest.frame("{\"a\":2}"));
                    }
                },
                "--auth-key",
                edge.authKey(),
                "--frames",
                "3");

        assertEquals(0, status, lines.toString());
        Node member = edge.members().getFirst();
        assertEquals("foreign", member.name());
        assertEquals(900, member.contact().homeRelay());
        assertTrue(lines.contains("{\"step\": \"report\", \"status\": 200, \"length\": 0}"), lines.toString());
        assertEquals("{\"step\": \"frame\", \"frame\": {\"x\": {\"a\": 2}}}", lines.getLast());
    }

    @Test
    void waitsForItsLogin() throws Exception {
        int status = run(line -> link(line).ifPresent(link -> edge.registry.confirm(link, edge.user)));

        assertEquals(0, status, lines.toString());
        assertEquals(1, edge.members().size());
    }

    @Test
    void isToldThatItWasTurnedAway() throws Exception {
        int status = run(line -> link(line).ifPresent(edge.registry::deny));

        assertEquals(1, status);
        assertTrue(lines.stream().anyMatch(line -> line.contains("this device was turned away")), lines.toString());
        assertEquals(List.of(), edge.members());
    }

    @Test
    void isToldThatItIsTooOld() throws Exception {
        assertEquals(1, run(line -> {}, "--version", "112"));
        assertTrue(lines.getLast().contains("400"), lines.toString());
        assertEquals(1, edge.door.counters().tooOld());
    }

    private static Optional<Token> link(String line) {
        Matcher matcher = AUTH_URL.matcher(line);
        return matcher.find() ? Token.parse(TokenKind.LINK, matcher.group(1)) : Optional.empty();
    }

    /** Runs the node to its end, with {@code onLine} in between. */
    private int run(Consumer<String> onLine, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "/usr/bin/python3", // the distribution's, which has the libraries
                PROGRAM.toString(),
                "http://127.0.0.1:" + edge.listener.address().getPort(),
                "foreign"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
                onLine.accept(line);
            }
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
