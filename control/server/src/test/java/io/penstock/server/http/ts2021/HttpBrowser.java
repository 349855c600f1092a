package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.server.web.Markup;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A browser over HTTP: keeps cookies, follows answers, fills in forms. */
final class HttpBrowser implements AutoCloseable {
    private final HttpClient client = HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    private final String origin;

    HttpBrowser(int port) {
        origin = "http://localhost:" + port;
    }

    Markup open(String path) throws IOException, InterruptedException {
        return read(request(path).GET());
    }

    /** Sends the form in the middle of a page, filled in; the page that this leads to. */
    Markup submit(Markup page, Map<String, String> filledIn) throws IOException, InterruptedException {
        Markup.Form form = page.form();
        Map<String, String> fields = new LinkedHashMap<>(form.hidden());
        fields.putAll(filledIn);
        String body = fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return read(request(form.action())
                .header("Origin", origin)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(origin + path)).timeout(Duration.ofSeconds(30));
    }

    private Markup read(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
        return Markup.parse(response.body());
    }

    @Override
    public void close() {
        client.close();
    }
}
