package io.penstock.cli.live.login;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keycloak, an identity provider that many have, on the loopback of a site, with the realm of {@code realm.json}: people whose password is
 * their name and "-password". Its database is new each time, which takes a minute on two busy cores, and many on overloaded ones.
 */
final class Keycloak implements AutoCloseable {
    static final String URL = "http://127.0.0.1:8080";
    static final String ISSUER = URL + "/realms/penstock";
    static final String CLIENT = "penstock";
    static final String SECRET = "secret-of-penstock";

    private static final Duration FETCH_LIMIT = Duration.ofMinutes(5);
    private static final Duration START_LIMIT = Duration.ofMinutes(10);
    private static final String ADMIN = "admin-of-the-test";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Site site;
    private final Path log;
    private final Process process;

    private Keycloak(Site site, Path log, Process process) {
        this.site = site;
        this.log = log;
        this.process = process;
    }

    /** Begins to start it: {@link #awaitReady} waits for the end of that. */
    static Keycloak startIn(Site site) throws IOException, InterruptedException {
        Path folder = unpacked();
        Path imported = Files.createDirectories(folder.resolve("data/import"));
        Path database = folder.resolve("data/h2");
        if (Files.exists(database)) {
            try (Stream<Path> files = Files.walk(database)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        try (InputStream realm = Keycloak.class.getResourceAsStream("realm.json")) {
            if (realm == null) {
                throw new AssertionError("no realm.json");
            }
            Files.copy(realm, imported.resolve("penstock-realm.json"), StandardCopyOption.REPLACE_EXISTING);
        }
        ProcessBuilder builder = new ProcessBuilder(site.inside(List.of(
                folder.resolve("bin/kc.sh").toString(),
                "start-dev",
                "--import-realm",
                "--http-host=127.0.0.1",
                "--http-port=8080")));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx384m");
        builder.environment().put("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN);
        builder.environment().put("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
        Path log = folder.resolve("data/log-of-the-test");
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        return new Keycloak(site, log, builder.start());
    }

    private static Path unpacked() throws IOException, InterruptedException {
        Path folder = Program.checkout().resolve(".build/keycloak");
        Process prepare = new ProcessBuilder(
                        Program.checkout()
                                .resolve("control/cli/src/test/keycloak/prepare")
                                .toString(),
                        folder.toString())
                .inheritIO()
                .start();
        if (!prepare.waitFor(FETCH_LIMIT.toSeconds(), TimeUnit.SECONDS) || prepare.exitValue() != 0) {
            prepare.destroyForcibly();
            throw new AssertionError("Keycloak could not be unpacked");
        }
        return folder.resolve("keycloak");
    }

    void awaitReady() {
        try {
            Await.until("Keycloak answers", START_LIMIT, () -> {
                if (!process.isAlive()) {
                    throw new AssertionError("Keycloak ended");
                }
                return send("GET", ISSUER + "/.well-known/openid-configuration", null, null, "").status == 200;
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + log(), e);
        }
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** What it answers. */
    record Answer(int status, String body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new AssertionError(this.toString(), e);
            }
        }
    }

    /** Disables somebody, as an administrator there would, or lets them in again. */
    void enable(String name, boolean enabled) {
        String id = person(name);
        need(send(
                "PUT",
                admin("/users/" + id),
                "application/json",
                "{\"enabled\":" + enabled + "}",
                "Bearer " + token()));
    }

    private String person(String name) {
        Answer found = need(send("GET", admin("/users?exact=true&username=" + name), null, null, "Bearer " + token()));
        return found.json().path(0).path("id").asText();
    }

    private static String admin(String path) {
        return URL + "/admin/realms/penstock" + path;
    }

    private String token() {
        return need(send(
                        "POST",
                        URL + "/realms/master/protocol/openid-connect/token",
                        "application/x-www-form-urlencoded",
                        form(Map.of(
                                "grant_type",
                                "password",
                                "client_id",
                                "admin-cli",
                                "username",
                                ADMIN,
                                "password",
                                ADMIN)),
                        ""))
                .json()
                .path("access_token")
                .asText();
    }

    private static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private Answer need(Answer answer) {
        if (answer.status / 100 != 2) {
            throw new AssertionError(answer + "\n" + log());
        }
        return answer;
    }

    /** From the thread that is in the site, since the connection belongs to where it is made. */
    private Answer send(String method, String url, @Nullable String type, @Nullable String body, String authorization) {
        try {
            return site.call(() -> {
                HttpURLConnection connection =
                        (HttpURLConnection) URI.create(url).toURL().openConnection();
                connection.setRequestMethod(method);
                connection.setReadTimeout(20_000);
                if (!authorization.isEmpty()) {
                    connection.setRequestProperty("Authorization", authorization);
                }
                if (body != null) {
                    connection.setRequestProperty("Content-Type", type);
                    connection.setDoOutput(true);
                    connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
                }
                int status = connection.getResponseCode();
                try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                    return new Answer(status, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
                } finally {
                    connection.disconnect();
                }
            });
        } catch (SocketException e) {
            return new Answer(0, String.valueOf(e));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
