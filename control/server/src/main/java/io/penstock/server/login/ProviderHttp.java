package io.penstock.server.login;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Requests to one provider, each within a time and a size, and to no address that the operator did not allow: a provider's own
 * document names the addresses, and must not lead to what is behind the coordinator. No redirect is followed. Thread-safe.
 *
 * @param allowsPrivate whether it is at a private address or on the loopback, and then perhaps without TLS
 */
record ProviderHttp(HttpClient client, boolean allowsPrivate) implements ResourceRetriever, HTTPRequestSender {
    /** For a whole request. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    static final int MAX_BODY_BYTES = 256 * 1024;

    /** A client for these requests. The caller owns it. */
    static HttpClient newClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(TIMEOUT)
                .build();
    }

    @Override
    public Resource retrieveResource(URL url) throws IOException {
        return new Resource(get(uri(url)), "application/json");
    }

    /**
     * The body of what is there.
     *
     * @throws IOException for anything but 200
     */
    String get(URI uri) throws IOException {
        return get(uri, "application/json");
    }

    /** The same of other types, as a request names them. */
    String get(URI uri, String types) throws IOException {
        requireAllowed(uri);
        HttpResponse<String> response =
                exchange(HttpRequest.newBuilder(uri).header("Accept", types).GET());
        if (response.statusCode() != 200) {
            throw new IOException(place(uri) + " answers with status " + response.statusCode());
        }
        return response.body();
    }

    @Override
    public HTTPResponse send(ReadOnlyHTTPRequest request) throws IOException {
        requireAllowed(request.getURI());
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.getURI()).header("Accept", "application/json");
        for (Map.Entry<String, List<String>> header : request.getHeaderMap().entrySet()) {
            header.getValue().forEach(value -> builder.header(header.getKey(), value));
        }
        String body = request.getBody();
        builder.method(
                request.getMethod().name(),
                request.getMethod() == HTTPRequest.Method.GET || body == null
                        ? BodyPublishers.noBody()
                        : BodyPublishers.ofString(body));
        HttpResponse<String> answer = exchange(builder);
        HTTPResponse response = new HTTPResponse(answer.statusCode());
        try {
            response.setContentType(answer.headers().firstValue("Content-Type").orElse("application/json"));
        } catch (ParseException e) {
            throw new IOException(place(request.getURI()) + " answers with a content type that is none", e);
        }
        response.setBody(answer.body());
        return response;
    }

    private HttpResponse<String> exchange(HttpRequest.Builder builder) throws IOException {
        HttpRequest request = builder.timeout(TIMEOUT).build();
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, head -> new BoundedBody(MAX_BODY_BYTES));
        try {
            HttpResponse<String> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() / 100 == 3) {
                throw new IOException(place(request.uri()) + " leads elsewhere, where we do not follow");
            }
            return response;
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException(place(request.uri()) + " takes longer than " + TIMEOUT.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(place(request.uri()) + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped");
        }
    }

    /** The JDK remembers an address for longer than it takes from here to the connection, so that it is the one which was judged. */
    void requireAllowed(URI uri) throws IOException {
        String host = uri.getHost();
        boolean isTls = "https".equalsIgnoreCase(uri.getScheme());
        if (host == null || !(isTls || "http".equalsIgnoreCase(uri.getScheme())) || uri.getUserInfo() != null) {
            throw new IOException("not an address of a provider: " + uri);
        }
        for (InetAddress address : InetAddress.getAllByName(host)) {
            boolean isPublic = Addresses.isPublic(address);
            if (!isPublic && !allowsPrivate) {
                throw new IOException(host + " is at the private address " + address.getHostAddress()
                        + ", which is not allowed for this" + " provider");
            }
            if (isPublic && !isTls) {
                throw new IOException(host + " is asked without TLS over the internet, which is never done");
            }
        }
    }

    private static URI uri(URL url) throws IOException {
        try {
            return url.toURI();
        } catch (URISyntaxException e) {
            throw new IOException("not an address: " + url, e);
        }
    }

    /** Without a query, which may hold a secret. */
    private static String place(URI uri) {
        return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
    }
}
