package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code penstock netcheck} on machines of the lab, and {@code penstock relay} with two addresses of STUN, whose map it is given. */
final class NetcheckProgram implements AutoCloseable {
    private static final int TRIES = 4;
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final Pattern VALUE =
            Pattern.compile("\"(mapping|filtering|hairpin)\": (null|true|false|\"([a-z-]+)\")");

    /** Each is a Java of its own: some at once are enough. */
    private final Semaphore turns = new Semaphore(3);

    private final Process relay;
    private final Path map;
    private final Path folder;

    /** What it said, and with which status it ended. */
    record Outcome(int status, String json) {
        /** As coturn's client would say it. */
        Coturn.Verdict verdict() {
            String v4 = json.substring(json.indexOf("\"ipv4\": {"), json.indexOf("\"ipv6\": "));
            return new Coturn.Verdict(
                    find(v4, "mapping"),
                    find(v4, "filtering"),
                    find(v4, "hairpin").equals("TRUE"));
        }

        private static String find(String text, String name) {
            Matcher matcher = VALUE.matcher(text);
            while (matcher.find()) {
                if (matcher.group(1).equals(name)) {
                    String value = matcher.group(3) == null ? matcher.group(2) : matcher.group(3);
                    return value.equals("null")
                            ? "NONE"
                            : value.toUpperCase(Locale.ROOT).replace('-', '_');
                }
            }
            throw new AssertionError("no " + name + " in " + text);
        }

        boolean says(String pattern) {
            return Pattern.compile(pattern).matcher(json).find();
        }
    }

    /**
     * Starts the relay.
     *
     * @param address where it listens for clients and STUN
     * @param second where it answers STUN besides
     */
    NetcheckProgram(Site site, String address, String second, Path folder) throws IOException {
        this.folder = folder;
        map = folder.resolve("relays.json");
        Path said = folder.resolve("relay.json");
        Path log = folder.resolve("relay.log");
        ProcessBuilder builder = new ProcessBuilder(site.inside(List.of(
                        penstock(),
                        "relay",
                        "--listen",
                        address + ":443",
                        "--stun-listen",
                        address + ":3478",
                        "--stun-alternate",
                        second + ":3479",
                        "--open",
                        "--json",
                        "--state",
                        folder.resolve("relay").toString())))
                .redirectOutput(said.toFile())
                .redirectError(log.toFile());
        relay = builder.start();
        Await.until("the relay tells its map", LIMIT, () -> {
            if (!relay.isAlive()) {
                throw new AssertionError("the relay ended: " + text(log));
            }
            return text(said).endsWith("\n}\n");
        });
        String json = text(said);
        Files.writeString(map, json.substring(json.indexOf("\"derpMap\": ") + 11, json.lastIndexOf('}')));
    }

    private static String penstock() {
        return Program.checkout().resolve("penstock").toString();
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Looks from a machine, at our relay, until that is what it says; on a busy machine answers may be too late. */
    Outcome byRelay(Site from, Coturn.Verdict expected) throws Exception {
        return until(expected, from, "--derp-map", map.toString());
    }

    /** Looks from a machine by a STUN server alone, likewise. */
    Outcome byServer(Site from, String server, Coturn.Verdict expected) throws Exception {
        return until(expected, from, "--stun", server);
    }

    /** Looks at our relay until a connection to it was measured; to be called while little else runs. */
    Outcome byConnection(Site from) throws Exception {
        Outcome outcome = run(from, "--derp-map", map.toString());
        for (int i = 1; i < TRIES && !outcome.says("https_ms\": [0-9]"); i++) {
            outcome = run(from, "--derp-map", map.toString());
        }
        return outcome;
    }

    private Outcome until(Coturn.Verdict expected, Site from, String... options) throws Exception {
        Outcome outcome = run(from, options);
        for (int i = 1; i < TRIES && !outcome.verdict().isSameNat(expected); i++) {
            System.out.println(from + ", once more: " + outcome);
            outcome = run(from, options);
        }
        return outcome;
    }

    private Outcome run(Site from, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(penstock(), "netcheck", "--json", "--no-port-mapping"));
        command.addAll(List.of("--socket", folder.resolve("nobody.sock").toString()));
        command.addAll(List.of(options));
        Path err = Files.createTempFile(folder, "netcheck", ".err");
        turns.acquire();
        try {
            ProcessBuilder builder = new ProcessBuilder(from.inside(command)).redirectError(err.toFile());
            Process process = builder.start();
            process.getOutputStream().close();
            String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), "netcheck ends");
            assertEquals("", text(err), from + ": " + command);
            assertEquals(1, json.lines().count(), json);
            return new Outcome(process.exitValue(), json);
        } finally {
            turns.release();
        }
    }

    @Override
    public void close() {
        relay.destroyForcibly();
    }
}
