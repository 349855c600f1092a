package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.TestClock;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.metrics.PrometheusReader;
import io.penstock.server.metrics.PrometheusReader.Sample;
import io.penstock.server.metrics.StoreMetrics;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsListenerTest {
    @TempDir
    private Path parent;

    private static HttpResponse<String> get(MetricsListener listener, String path, String method)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + listener.address().getPort() + path);
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .timeout(Duration.ofSeconds(20))
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static MetricsListener open(MetricSource... sources) throws IOException {
        return MetricsListener.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), List.of(sources));
    }

    @Test
    void tellsWhatIsInTheStoreAndWhatWasRefused() throws Exception {
        HttpCounters counters = new HttpCounters();
        counters.wrongHost.increment();
        try (Store store = Samples.store(parent, new TestClock())) {
            store.write(tx -> Samples.domain(tx, "home"));
            try (MetricsListener listener = open(new StoreMetrics(store), out -> counters.write(out, "api"))) {
                HttpResponse<String> answer = get(listener, "/metrics", "GET");

                assertEquals(200, answer.statusCode());
                assertEquals(
                        MetricsText.CONTENT_TYPE,
                        answer.headers().firstValue("content-type").orElseThrow());
                List<Sample> samples = PrometheusReader.read(answer.body());
                assertTrue(
                        samples.contains(new Sample("penstock_nodes", Map.of("domain", "home"), "0")), answer.body());
                assertTrue(
                        samples.contains(new Sample(
                                "penstock_http_refused_total", Map.of("listener", "api", "reason", "wrong-host"), "1")),
                        answer.body());
                assertTrue(samples.stream().anyMatch(sample -> sample.name().equals("penstock_store_size_bytes")));
            }
        }
    }

    @Test
    void hasNothingElse() throws Exception {
        try (MetricsListener listener = open()) {
            assertEquals(404, get(listener, "/", "GET").statusCode());
            assertEquals(405, get(listener, "/metrics", "POST").statusCode());
        }
    }

    @Test
    void goesOnAfterASourceThatFails() throws Exception {
        MetricSource failing = out -> {
            throw new IllegalStateException("of the test");
        };
        try (MetricsListener listener = open(failing)) {
            assertEquals(500, get(listener, "/metrics", "GET").statusCode());
            assertEquals(500, get(listener, "/metrics", "GET").statusCode());
        }
    }

    @Test
    void refusesAnAddressThatOthersReach() throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByAddress(new byte[4]), 0);
        assertThrows(IllegalArgumentException.class, () -> MetricsListener.open(any, List.of()));
    }
}
