package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.node.api.RelaysResult;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.DerpMap;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * The relays that a look is at, and from whom they are known. Immutable.
 *
 * @param home the region that is home already, 0 for none
 */
record KnownRelays(DerpMap map, int home) {
    private static final DerpMap NONE = new DerpMap(null, Map.of(), true);
    private static final int MAX_BYTES = 4 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Where coordinators that tell everybody have it. */
    private static final String PLACE = "/derpmap/default";

    /** Of a file as {@code penstock relay} prints it. */
    static KnownRelays ofFile(Path file) throws CommandFailure {
        try (InputStream in = Files.newInputStream(file)) {
            return of(in.readNBytes(MAX_BYTES + 1), "--derp-map " + file);
        } catch (IOException e) {
            throw new CommandFailure("--derp-map: cannot read it: " + e);
        }
    }

    private static KnownRelays of(byte[] json, String where) throws CommandFailure {
        try {
            DerpMap map = Json.read(json, MAX_BYTES, DerpMap.class);
            if (map.regions() == null || map.regions().isEmpty()) {
                throw new CommandFailure(where + ": it names no region; expected is {\"Regions\":{\"901\":{…}}}");
            }
            return new KnownRelays(map, 0);
        } catch (MalformedMessageException e) {
            throw new CommandFailure(where + ": " + e.getMessage());
        }
    }

    /** Of a coordinator that tells everybody. */
    static KnownRelays ofCoordinator(String url) throws CommandFailure {
        URI place = place(url);
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(place).timeout(TIMEOUT).GET().build();
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new CommandFailure(url + " does not tell its relays to strangers (" + PLACE + " answers "
                            + response.statusCode()
                            + "): run it where penstockd has joined, or say --derp-map FILE");
                }
                return of(body.readNBytes(MAX_BYTES + 1), place.toString());
            }
        } catch (IOException e) {
            throw new CommandFailure("cannot ask " + url + " for its relays: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    private static URI place(String url) throws CommandFailure {
        try {
            URI base = URI.create(url);
            if (base.getHost() != null && String.valueOf(base.getScheme()).matches("https?")) {
                return base.resolve(PLACE);
            }
        } catch (IllegalArgumentException e) {
            throw usage(url); // no URL at all
        }
        throw usage(url);
    }

    private static CommandFailure usage(String url) {
        return new CommandFailure("--server takes a URL of http or https, not '" + url + "'", ExitCode.USAGE);
    }

    /**
     * Of the daemon.
     *
     * @param isOptional whether there is something else to be asked, so that a daemon that is not there does not matter
     */
    static KnownRelays ofDaemon(Daemon daemon, boolean isOptional) throws CommandFailure {
        RelaysResult result;
        try {
            byte[] json = daemon.ask(Daemon.request("relays")).document().getBytes(StandardCharsets.UTF_8);
            result = Json.read(json, MAX_BYTES, RelaysResult.class);
        } catch (MalformedMessageException e) {
            throw new CommandFailure(
                    "penstockd's answer cannot be read (" + e.getMessage() + "): is it of another version?");
        } catch (CommandFailure e) {
            if (!isOptional && e.exitCode() == ExitCode.NOT_RUNNING) {
                throw new CommandFailure(
                        e.getMessage() + "; or say which relays or server to ask: --server, --derp-map or --stun",
                        ExitCode.NOT_RUNNING);
            }
            if (isOptional && (e.exitCode() == ExitCode.NOT_RUNNING || e.exitCode() == ExitCode.NEEDS_ROOT)) {
                return new KnownRelays(NONE, 0);
            }
            throw e;
        }
        DerpMap map = result.map();
        if (map == null || map.regions() == null || map.regions().isEmpty()) {
            if (isOptional) {
                return new KnownRelays(NONE, 0);
            }
            throw new CommandFailure(
                    "penstockd knows no relay yet: 'penstock up' first, or say --server, --derp-map or --stun",
                    ExitCode.NOT_LOGGED_IN);
        }
        return new KnownRelays(map, result.home());
    }
}
