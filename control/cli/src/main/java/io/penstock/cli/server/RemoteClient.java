package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The API of a coordinator elsewhere, by an API key. */
final class RemoteClient implements AdminClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final URI server;
    private final String apiKey;
    private final HttpClient http;

    /** @param trusted PEM certificates to trust instead of the system's; null for the system's */
    RemoteClient(URI server, String apiKey, @Nullable Path trusted) throws CommandFailure {
        if (server.getHost() == null || !String.valueOf(server.getScheme()).matches("https?")) {
            throw new CommandFailure(
                    "--server takes a URL such as https://vpn.example.org, not " + server, ExitCode.USAGE);
        }
        this.server = server;
        this.apiKey = apiKey;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER); // the key goes nowhere else
        if (trusted != null) {
            builder.sslContext(trusting(trusted));
        }
        http = builder.build();
    }

    private static SSLContext trusting(Path file) throws CommandFailure {
        try (var in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("c" + number++, certificate);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new CommandFailure("--trust " + file + ": " + e.getMessage());
        }
    }

    @Override
    public Answer send(String method, String target, String json) throws CommandFailure {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(target))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + apiKey)
                .method(
                        method,
                        json.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(json));
        if (!json.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        try {
            HttpResponse<String> response =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new CommandFailure("no answer from " + server + ": " + e, ExitCode.NOT_RUNNING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
