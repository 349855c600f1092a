package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.relay.tls.PrivateNetworks;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener over real sockets on the loopback. */
class HttpListenerTest {
    private static final String DOCUMENT = "/api/v1/openapi.json";

    @TempDir
    private Path parent;

    private Store store;
    private Api api;
    private @Nullable HttpListener listener;

    @BeforeEach
    void open() {
        TestClock clock = new TestClock();
        store = Samples.store(parent, clock);
        api = new Api(
                new Administration(
                        store, (text, users, nodes) -> Optional.empty(), provider -> Optional.empty(), new Seeded(2)),
                id -> false,
                Samples.noPings());
    }

    @AfterEach
    void close() {
        if (listener != null) {
            listener.close();
        }
        store.close();
    }

    private HttpListener start(@Nullable TlsIdentity tls, Duration readTimeout, int maxConnections) throws IOException {
        HttpListener started = HttpListener.open(
                new ListenSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Set.of("localhost", "127.0.0.1"),
                        tls,
                        readTimeout,
                        maxConnections),
                Doors.of(api));
        listener = started;
        return started;
    }

    private HttpListener start() throws IOException {
        return start(null, Duration.ofSeconds(30), 100);
    }

    @Test
    void answersRequestsOneAfterTheOtherOnAConnection() throws Exception {
        HttpListener http = start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 5; i++) {
                assertEquals(200, get(client, http, "http", DOCUMENT).statusCode());
            }
            HttpResponse<String> nobody = get(client, http, "http", "/api/v1/domains/red/nodes");
            assertEquals(401, nobody.statusCode());
            assertEquals(
                    "no-store", nobody.headers().firstValue("cache-control").orElseThrow());
            assertEquals(404, get(client, http, "http", "/x").statusCode());
        }
        assertEquals(7, http.counters().requests());
    }

    private static HttpResponse<String> get(HttpClient client, HttpListener http, String scheme, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create(scheme + "://127.0.0.1:" + http.address().getPort() + path);
        return client.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void showsACertificateThatAClientCanPin() throws Exception {
        TlsIdentity identity = selfSigned();
        HttpListener http = start(identity, Duration.ofSeconds(30), 100);
        try (HttpClient client = pinning(identity.fingerprint())) {
            assertEquals(200, get(client, http, "https", DOCUMENT).statusCode());
        }
        try (HttpClient client = pinning("00".repeat(32))) {
            assertThrows(SSLHandshakeException.class, () -> get(client, http, "https", DOCUMENT));
        }
        assertEquals(0, answerTo(http, "GET / HTTP/1.1\r\n\r\n"), "plain text gets nothing");
    }

    private static TlsIdentity selfSigned() {
        Instant now = Instant.now();
        return TlsIdentity.selfSigned(
                List.of("localhost"), List.of(new byte[] {127, 0, 0, 1}), now.minusSeconds(60), now.plusSeconds(3600));
    }

    private static HttpClient pinning(String fingerprint) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Pin(fingerprint)}, null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private record Pin(String fingerprint) implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("no client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            try {
                chain[0].verify(chain[0].getPublicKey());
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded());
                if (!HexFormat.of().formatHex(hash).equals(fingerprint)) {
                    throw new CertificateException("another certificate");
                }
            } catch (GeneralSecurityException e) {
                throw new CertificateException(e);
            }
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void selfSignedCertificateIsReadBackByTheJdk() throws Exception {
        X509Certificate certificate = selfSigned().chain().getFirst();
        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity();
        assertEquals(3, certificate.getVersion());
        List<Object> names = new ArrayList<>();
        certificate.getSubjectAlternativeNames().forEach(name -> names.add(name.get(1)));
        assertEquals(List.of("localhost", "127.0.0.1"), names);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "100.128.0.1", "172.32.0.1"})
    void refusesPlainHttpWhereOthersCouldRead(String address) throws Exception {
        InetSocketAddress open = new InetSocketAddress(InetAddress.getByName(address), 80);
        assertThrows(
                IllegalArgumentException.class,
                () -> new ListenSettings(open, Set.of("host"), null, Duration.ofSeconds(1), 1));
        assertEquals(
                "host",
                new ListenSettings(open, Set.of("HOST"), selfSigned(), Duration.ofSeconds(1), 1)
                        .hosts()
                        .iterator()
                        .next());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1", "::1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1", "fe80::1"})
    void takesPlainHttpOnPrivateAddresses(String address) throws Exception {
        assertTrue(PrivateNetworks.contain(InetAddress.getByName(address)));
    }

    /** CVE-2022-41924: a page in a browser that calls a listener on the loopback under a name of its own. */
    @Test
    void refusesForeignHostsAndOrigins() throws Exception {
        HttpListener http = start();
        String request = "GET " + DOCUMENT + " HTTP/1.1\r\nConnection: close\r\n";

        assertEquals(421, answerTo(http, request + "Host: evil.example\r\n\r\n"));
        assertEquals(421, answerTo(http, request + "\r\n"));
        assertEquals(403, answerTo(http, request + "Host: localhost\r\nOrigin: http://evil.example\r\n\r\n"));
        assertEquals(403, answerTo(http, request + "Host: localhost\r\nOrigin: null\r\n\r\n"));
        assertEquals(200, answerTo(http, request + "Host: LOCALHOST:80\r\nOrigin: http://localhost:80\r\n\r\n"));
        assertEquals(2, http.counters().wrongHost());
        assertEquals(2, http.counters().foreignOrigin());
    }

    @Test
    void refusesWhatIsTooLongOrNoHttp() throws Exception {
        HttpListener http = start();
        String host = " HTTP/1.1\r\nHost: localhost\r\n";

        assertEquals(414, answerTo(http, "GET /" + "a".repeat(5000) + host + "\r\n"));
        assertEquals(431, answerTo(http, "GET /" + host + "X: " + "a".repeat(17_000) + "\r\n\r\n"));
        assertEquals(413, answerTo(http, "POST /" + host + "Content-Length: 3000000\r\n\r\n"));
        assertEquals(400, answerTo(http, "\u0000\u0001\u0002\r\n\r\n"));
        assertEquals(400, answerTo(http, "GET /%zz" + host + "\r\n"));
        assertEquals(405, answerTo(http, "BREW /" + host + "\r\n"));
        assertEquals(400, answerTo(http, "POST /" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"));
        assertEquals(
                400,
                answerTo(http, "POST /" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
        assertEquals(200, answerTo(http, "GET " + DOCUMENT + host + "Connection: close\r\n\r\n"));
    }

    /** Also one that sends a byte now and then, which a limit on silence would not see. */
    @Test
    void endsConnectionsThatBringNoWholeRequest() throws Exception {
        HttpListener http = start(null, Duration.ofMillis(400), 100);
        try (Socket slow = connect(http);
                Socket silent = connect(http)) {
            OutputStream out = slow.getOutputStream();
            Instant end = Instant.now().plusSeconds(20);
            while (http.counters().timedOut() < 2 && Instant.now().isBefore(end)) {
                try {
                    out.write('G');
                    out.flush();
                } catch (IOException e) {
                    break; // it was ended
                }
                Thread.sleep(50);
            }
            assertEquals(-1, silent.getInputStream().read());
        }
        await(() -> http.counters().timedOut() == 2);
        await(() -> http.counters().openConnections() == 0);
    }

    @Test
    void boundsItsConnections() throws Exception {
        HttpListener http = start(null, Duration.ofSeconds(30), 3);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                sockets.add(connect(http));
            }
            await(() -> http.counters().openConnections() == 3);
            Socket fourth = connect(http);
            sockets.add(fourth);
            assertEquals(-1, readOrEnd(fourth), "closed at once");
            assertEquals(1, http.counters().tooManyConnections());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await(() -> http.counters().openConnections() == 0);
        assertEquals(
                200, answerTo(http, "GET " + DOCUMENT + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }

    @Test
    void boundsAttemptsToGetIn() throws Exception {
        HttpListener http = start();
        String body = "{\"domain\":\"default\",\"loginName\":\"a\",\"password\":\"b\",\"code\":\"c\"}";
        String request = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
        int refused = 0;
        for (int i = 0; i < 13; i++) {
            int status = answerTo(http, request);
            assertTrue(status == 401 || status == 429, "status " + status);
            refused += status == 429 ? 1 : 0;
        }
        assertTrue(refused >= 1, "the ten of the burst, and one for each six seconds");
        assertEquals(refused, http.counters().tooManyAttempts());
        assertEquals(
                200, answerTo(http, "GET " + DOCUMENT + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }

    @Test
    void letsThePortGo() throws Exception {
        HttpListener http = start();
        int port = http.address().getPort();
        http.close();
        listener = null;
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
    }

    @Test
    void saysThatTheAddressIsTaken() throws Exception {
        HttpListener http = start();
        ListenSettings same = new ListenSettings(http.address(), Set.of("localhost"), null, Duration.ofSeconds(1), 1);

        IOException refusal = assertThrows(IOException.class, () -> HttpListener.open(same, Doors.of(api)));

        assertTrue(refusal.toString().contains(Integer.toString(http.address().getPort())), refusal.toString());
    }

    private static Socket connect(HttpListener http) throws IOException {
        Socket socket = new Socket(http.address().getAddress(), http.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static int readOrEnd(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) {
            return -1; // a reset is an end too
        }
    }

    /** Sends bytes and reads until the end; the status of the answer, 0 if there is none. */
    private static int answerTo(HttpListener http, String request) throws IOException {
        try (Socket socket = connect(http)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            StringBuilder answer = new StringBuilder();
            try {
                for (int c = socket.getInputStream().read();
                        c >= 0 && c != '\r';
                        c = socket.getInputStream().read()) {
                    answer.append((char) c);
                }
            } catch (SocketException e) {
                answer.append('\r'); // closing on what was not read may reset; what came before counts
            }
            return answer.toString().startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(20);
        while (!condition.getAsBoolean() && Instant.now().isBefore(end)) {
            Thread.sleep(10);
        }
        assertTrue(condition.getAsBoolean());
    }
}
