package io.penstock.cli.live.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.cli.live.Site;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The distribution's Chromium, without a window, in a site. It is spoken to by its DevTools protocol over a pipe, which needs no network
 * and no driver. Thread-safe; {@link #close} ends it and forgets its profile.
 */
public final class Chromium implements AutoCloseable {
    private static final int LIMIT_SECONDS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** DevTools reads descriptor 3 and writes 4. */
    private static final String PIPED = "exec chromium \"$@\" 3<&0 4>&1 >&2 0</dev/null";

    private final Path folder;
    private final Process process;
    private final OutputStream out;
    private final AtomicInteger count = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();

    private Chromium(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
        out = process.getOutputStream();
        Thread.ofPlatform().daemon().name("chromium").start(this::read);
    }

    /** Starts it; everything that it asks for comes from that site. */
    public static Chromium startIn(Site site) throws IOException {
        Path folder = Files.createTempDirectory("penstock-chromium");
        List<String> command = List.of(
                "bash",
                "-c",
                PIPED,
                "chromium",
                "--headless=new",
                "--remote-debugging-pipe",
                "--no-sandbox", // which cannot be had as root; it sees pages of ours and of the test's provider only
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--no-default-browser-check",
                "--window-size=1000,900",
                "--user-data-dir=" + folder.resolve("profile"),
                "about:blank");
        ProcessBuilder builder = new ProcessBuilder(site.inside(command));
        builder.environment().put("HOME", folder.toString());
        builder.redirectError(folder.resolve("log").toFile());
        Chromium chromium = new Chromium(folder, builder.start());
        chromium.ask("", "Browser.getVersion", JSON.createObjectNode());
        return chromium;
    }

    /** A page of its own, with cookies of its own, as if another person sat there. */
    public Tab tab() {
        String context = ask("", "Target.createBrowserContext", JSON.createObjectNode())
                .path("browserContextId")
                .asText();
        ObjectNode wanted = JSON.createObjectNode().put("url", "about:blank").put("browserContextId", context);
        String target = ask("", "Target.createTarget", wanted).path("targetId").asText();
        ObjectNode attach = JSON.createObjectNode().put("targetId", target).put("flatten", true);
        return new Tab(
                this, ask("", "Target.attachToTarget", attach).path("sessionId").asText());
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /**
     * Asks for something and waits.
     *
     * @param session of a tab; empty for the browser
     * @throws RefusedException if the browser says no
     */
    JsonNode ask(String session, String method, ObjectNode parameters) {
        int id = count.incrementAndGet();
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", parameters);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        try {
            synchronized (out) {
                out.write(message.toString().getBytes(StandardCharsets.UTF_8));
                out.write(0);
                out.flush();
            }
            JsonNode said = answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (said.has("error")) {
                throw new RefusedException(
                        method + ": " + said.path("error").path("message").asText());
            }
            return said.path("result");
        } catch (IOException | TimeoutException | ExecutionException e) {
            throw new AssertionError("Chromium does not answer to " + method + "\n" + log(), e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            asked.remove(id);
        }
    }

    /** The browser cannot do what was asked, such as look into a page that is just being left. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    private void read() {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try (InputStream in = process.getInputStream()) {
            byte[] part = new byte[64 * 1024];
            for (int n = in.read(part); n >= 0; n = in.read(part)) {
                for (int i = 0; i < n; i++) {
                    if (part[i] != 0) {
                        message.write(part[i]);
                        continue;
                    }
                    JsonNode said = JSON.readTree(message.toByteArray());
                    message.reset();
                    CompletableFuture<JsonNode> waiting =
                            asked.get(said.path("id").asInt());
                    if (waiting != null) {
                        waiting.complete(said); // what it tells unasked is not needed
                    }
                }
            }
        } catch (IOException e) {
            asked.values().forEach(waiting -> waiting.completeExceptionally(e));
        }
        asked.values().forEach(waiting -> waiting.completeExceptionally(new IOException("it has ended")));
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle one : all) {
            one.onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
