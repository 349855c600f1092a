package io.penstock.relay;

import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpAdmitRequest;
import io.penstock.protocol.message.DerpAdmitResponse;
import io.penstock.relay.core.Admission;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Asks a coordinator by HTTP whom it admits, in the form of the {@code verify-client-url} that other relays and coordinators
 * know. Whatever is no clear answer fails: nobody comes in by an error. A bounded number of questions is open at a time.
 * Thread-safe.
 */
public final class VerifyUrl implements Admission, AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_OPEN = 64;
    private static final int OK = 200;

    private final URI url;
    private final HttpClient http;
    private final Semaphore open = new Semaphore(MAX_OPEN);

    /** To a coordinator at this address, http or https. */
    public VerifyUrl(URI url) {
        this.url = url;
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public CompletionStage<Boolean> admits(NodeKey key, Endpoint source) {
        if (!open.tryAcquire()) {
            return CompletableFuture.failedFuture(new IOException(MAX_OPEN + " questions are open"));
        }
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new DerpAdmitRequest(key, host(source)).encode()))
                .build();
        return http.sendAsync(request, head -> new LimitedBody(DerpAdmitResponse.MAX_BYTES))
                .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS) // the body included
                .thenApply(VerifyUrl::decide)
                .whenComplete((isAdmitted, failure) -> open.release());
    }

    /** The address without its port. */
    private static String host(Endpoint source) {
        String text = source.toString();
        String host = text.substring(0, text.lastIndexOf(':'));
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static boolean decide(HttpResponse<byte[]> response) {
        if (response.statusCode() != OK) {
            throw new CompletionException(new IOException("the coordinator answered " + response.statusCode()));
        }
        try {
            return DerpAdmitResponse.decode(response.body()).allow();
        } catch (MalformedMessageException e) {
            throw new CompletionException(e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
