package io.penstock.relay.acme;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.penstock.relay.tls.Certificates;
import io.penstock.relay.tls.ChallengeCertificates;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.util.CertificateUtils;
import org.shredzone.acme4j.util.KeyPairUtils;

/**
 * An authority that speaks ACME (RFC 8555) over TLS on the loopback: it checks nonces, signatures and keys, looks for the proof of RFC
 * 8737 itself, and signs. All names lead to one port that is told to it. One request at a time.
 */
final class TestAuthority implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
    private static final int DIGEST_LENGTH = 32;
    private static final KeyPair ROOT_KEY = KeyPairUtils.createKeyPair(2048); // which takes a while

    private final InstantSource clock;
    private final Certificates.SelfSigned own;
    private final HttpsServer server;
    private final X509Certificate root;
    private final Set<String> nonces = new HashSet<>();
    private final Map<String, PublicJsonWebKey> accounts = new HashMap<>();
    private final Map<String, Order> orders = new HashMap<>();
    private int nextNonce;

    // Told by tests, from their own thread.
    volatile int port;
    volatile Duration life = Duration.ofDays(90);
    volatile @Nullable String refusal;
    volatile String challengeType = "tls-alpn-01";
    volatile Runnable whileItLooks = () -> {};
    final AtomicInteger badNonces = new AtomicInteger(1);
    final AtomicInteger ordersMade = new AtomicInteger();

    private static final class Order {
        private final String name;
        private final String token;
        private String status = "pending";
        private String challengeStatus = "pending";
        private String error = "";
        private byte[] certificate = {};

        private Order(String name, String token) {
            this.name = name;
            this.token = token;
        }
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final String type;

        Refused(String type, String detail) {
            super(detail);
            this.type = type;
        }
    }

    TestAuthority(InstantSource clock) throws IOException, GeneralSecurityException {
        this.clock = clock;
        Instant now = Instant.now();
        own = Certificates.selfSigned(
                List.of("localhost"), List.of(), now.minusSeconds(60), now.plus(Duration.ofDays(1)));
        root = CertificateUtils.createTestRootCertificate(
                "CN=Test Root",
                clock.instant().minusSeconds(3600),
                clock.instant().plus(Duration.ofDays(3650)),
                ROOT_KEY);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setHttpsConfigurator(new HttpsConfigurator(context()));
        server.createContext("/", this::handle);
        server.start();
    }

    private SSLContext context() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", own.key(), new char[0], new X509Certificate[] {own.certificate()});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    URI directory() {
        return URI.create(base() + "/directory");
    }

    private String base() {
        return "https://localhost:" + server.getAddress().getPort();
    }

    /** What its certificates lead to. */
    X509Certificate root() {
        return root;
    }

    /** What is trusted when it is asked, left in this folder. */
    Path roots(Path folder) throws IOException, GeneralSecurityException {
        return Files.writeString(folder.resolve("authority.pem"), pem(own.certificate()));
    }

    int accounts() {
        return accounts.size();
    }

    private static String pem(X509Certificate certificate) throws GeneralSecurityException {
        return "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            exchange.getResponseHeaders().set("Replay-Nonce", newNonce());
            try {
                switch (path) {
                    case "/directory" -> answer(exchange, 200, directoryDocument());
                    case "/nonce" -> exchange.sendResponseHeaders(200, -1);
                    default -> post(exchange, path);
                }
            } catch (Refused e) {
                exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
                if (e.type.equals("rateLimited")) {
                    exchange.getResponseHeaders().set("Retry-After", "7200");
                }
                byte[] problem = JSON.writeValueAsBytes(
                        Map.of("type", "urn:ietf:params:acme:error:" + e.type, "detail", e.getMessage()));
                exchange.sendResponseHeaders(e.type.equals("rateLimited") ? 429 : 400, problem.length);
                exchange.getResponseBody().write(problem);
            } catch (JoseException | GeneralSecurityException e) {
                throw new IOException(e);
            }
        }
    }

    private String newNonce() {
        String nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(("nonce-" + nextNonce++).getBytes(UTF_8));
        nonces.add(nonce);
        return nonce;
    }

    private Map<String, Object> directoryDocument() {
        return Map.of(
                "newNonce", base() + "/nonce",
                "newAccount", base() + "/account",
                "newOrder", base() + "/order");
    }

    private static void answer(HttpExchange exchange, int status, Object document) throws IOException {
        byte[] body = JSON.writeValueAsBytes(document);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private void post(HttpExchange exchange, String path)
            throws IOException, Refused, JoseException, GeneralSecurityException {
        JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
        JsonNode header = JSON.readTree(
                Base64.getUrlDecoder().decode(body.path("protected").asText()));
        if (!nonces.remove(header.path("nonce").asText()) || badNonces.getAndDecrement() > 0) {
            throw new Refused("badNonce", "not one of ours");
        }
        if (!header.path("url").asText().equals(base() + path)) {
            throw new Refused("unauthorized", "signed for another URL");
        }
        String account = header.path("kid").asText();
        PublicJsonWebKey key = path.equals("/account")
                ? PublicJsonWebKey.Factory.newPublicJwk(header.path("jwk").toString())
                : accounts.get(account);
        if (key == null) {
            throw new Refused("accountDoesNotExist", account);
        }
        JsonWebSignature signature = new JsonWebSignature();
        signature.setCompactSerialization(body.path("protected").asText() + "."
                + body.path("payload").asText() + "." + body.path("signature").asText());
        signature.setKey(key.getPublicKey());
        if (!signature.verifySignature()) {
            throw new Refused("malformed", "wrong signature");
        }
        byte[] payload = Base64.getUrlDecoder().decode(body.path("payload").asText());
        act(exchange, path, key, payload.length == 0 ? JSON.createObjectNode() : JSON.readTree(payload));
    }

    private void act(HttpExchange exchange, String path, PublicJsonWebKey key, JsonNode payload)
            throws IOException, Refused, JoseException, GeneralSecurityException {
        String[] parts = path.split("/", -1);
        Order order = parts.length < 3 ? null : orders.get(parts[2]);
        switch (parts[1]) {
            case "account" -> {
                String url = base() + "/account/" + key.calculateBase64urlEncodedThumbprint("SHA-256");
                boolean isNew = accounts.put(url, key) == null;
                exchange.getResponseHeaders().set("Location", url);
                answer(exchange, isNew ? 201 : 200, Map.of("status", "valid"));
            }
            case "order" -> {
                String id = parts.length < 3 ? newOrder(payload) : parts[2];
                exchange.getResponseHeaders().set("Location", base() + "/order/" + id);
                answer(exchange, parts.length < 3 ? 201 : 200, orderDocument(id));
            }
            case "authorization" -> answer(exchange, 200, authorizationDocument(parts[2], known(order)));
            case "challenge" -> {
                look(known(order), key);
                answer(exchange, 200, challengeDocument(parts[2], known(order)));
            }
            case "finalize" -> {
                sign(
                        known(order),
                        Base64.getUrlDecoder().decode(payload.path("csr").asText()));
                answer(exchange, 200, orderDocument(parts[2]));
            }
            case "certificate" -> {
                exchange.getResponseHeaders().set("Content-Type", "application/pem-certificate-chain");
                exchange.sendResponseHeaders(200, known(order).certificate.length);
                exchange.getResponseBody().write(known(order).certificate);
            }
            default -> throw new Refused("malformed", path);
        }
    }

    private static Order known(@Nullable Order order) throws Refused {
        if (order == null) {
            throw new Refused("malformed", "no such order");
        }
        return order;
    }

    private String newOrder(JsonNode payload) throws Refused {
        if (refusal != null) {
            throw new Refused(refusal, "not today");
        }
        ordersMade.incrementAndGet();
        String id = Integer.toString(orders.size());
        String name = payload.path("identifiers").path(0).path("value").asText();
        orders.put(id, new Order(name, "token-of-" + id + "-0123456789abcdef"));
        return id;
    }

    private Map<String, Object> orderDocument(String id) throws Refused {
        Order order = known(orders.get(id));
        Map<String, Object> document = new HashMap<>(Map.of(
                "status",
                order.status,
                "identifiers",
                List.of(Map.of("type", "dns", "value", order.name)),
                "authorizations",
                List.of(base() + "/authorization/" + id),
                "finalize",
                base() + "/finalize/" + id));
        if (order.status.equals("valid")) {
            document.put("certificate", base() + "/certificate/" + id);
        }
        return document;
    }

    private Map<String, Object> authorizationDocument(String id, Order order) {
        return Map.of(
                "status",
                order.challengeStatus,
                "identifier",
                Map.of("type", "dns", "value", order.name),
                "challenges",
                List.of(challengeDocument(id, order)));
    }

    private Map<String, Object> challengeDocument(String id, Order order) {
        Map<String, Object> document = new HashMap<>(Map.of(
                "type",
                challengeType,
                "url",
                base() + "/challenge/" + id,
                "token",
                order.token,
                "status",
                order.challengeStatus));
        if (!order.error.isEmpty()) {
            document.put("error", Map.of("type", "urn:ietf:params:acme:error:unauthorized", "detail", order.error));
        }
        return document;
    }

    private void look(Order order, PublicJsonWebKey key) {
        whileItLooks.run();
        try {
            String authorization = order.token + "." + key.calculateBase64urlEncodedThumbprint("SHA-256");
            order.error = findProof(order.name, authorization);
        } catch (IOException | GeneralSecurityException e) {
            order.error = "no TLS there: " + e.getMessage();
        }
        order.challengeStatus = order.error.isEmpty() ? "valid" : "invalid";
        order.status = order.error.isEmpty() ? "ready" : "invalid";
    }

    /** What is wrong with the proof; nothing if it is right. */
    private String findProof(String name, String authorization) throws IOException, GeneralSecurityException {
        try (SSLSocket socket = connect(port, name, ChallengeCertificates.PROTOCOL)) {
            if (!socket.getApplicationProtocol().equals(ChallengeCertificates.PROTOCOL)) {
                return "another protocol";
            }
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            shown.verify(shown.getPublicKey());
            if (!List.of(List.of(2, name)).equals(List.copyOf(shown.getSubjectAlternativeNames()))) {
                return "another name";
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(authorization.getBytes(US_ASCII));
            byte[] extension = shown.getExtensionValue(ACME_IDENTIFIER);
            boolean isRight = shown.getCriticalExtensionOIDs().contains(ACME_IDENTIFIER)
                    && Arrays.equals(
                            digest, Arrays.copyOfRange(extension, extension.length - DIGEST_LENGTH, extension.length));
            if (!isRight) {
                return "another proof";
            }
            socket.setSoTimeout(10_000);
            return socket.getInputStream().read() < 0 ? "" : "it goes on speaking";
        }
    }

    /** To the port on the loopback, whatever certificate it shows. */
    static SSLSocket connect(int port, String name, @Nullable String protocol)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anything()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        try {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            if (protocol != null) {
                parameters.setApplicationProtocols(new String[] {protocol});
            }
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private record Anything() implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private void sign(Order order, byte[] request) throws IOException, Refused, GeneralSecurityException {
        if (!order.status.equals("ready")) {
            throw new Refused("orderNotReady", order.status);
        }
        Instant now = clock.instant();
        JcaPKCS10CertificationRequest asked = new JcaPKCS10CertificationRequest(request);
        X509Certificate certificate;
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    root,
                    BigInteger.valueOf(ordersMade.get()),
                    Date.from(now),
                    Date.from(now.plus(life)),
                    new X500Name("CN=" + order.name),
                    asked.getPublicKey());
            builder.addExtension(asked.getRequestedExtensions().getExtension(Extension.subjectAlternativeName));
            certificate = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(ROOT_KEY.getPrivate())));
        } catch (OperatorCreationException e) {
            throw new AssertionError(e); // every Java has RSA
        }
        order.certificate = (pem(certificate) + pem(root)).getBytes(US_ASCII);
        order.status = "valid";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
