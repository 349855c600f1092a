package io.penstock.server.login;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.OAuth2Endpoints;
import io.penstock.server.model.SecondFactor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An identity provider in the process of the test, on the loopback: right in all it says until a test changes that. Codes work once
 * and with the verifier of their challenge.
 */
public final class FakeProvider implements AutoCloseable {
    public static final String CLIENT = "penstock-coordinator";
    public static final String SECRET = "penstock-secret";

    private final HttpServer server;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /** How often each path was asked for. */
    final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

    volatile RSAKey key = newKey("first");
    volatile List<RSAKey> published = List.of();

    /** Who signs in, beside what belongs to the request. */
    public final Map<String, Object> claims = new ConcurrentHashMap<>();

    final Map<String, Object> userInfo = new ConcurrentHashMap<>();
    final Map<String, Object> metadata = new ConcurrentHashMap<>();

    /** Changes what a right token would say. */
    volatile UnaryOperator<JWTClaimsSet.Builder> alter = builder -> builder;

    /** Makes the token out of what it says; signed if it is null. */
    volatile @Nullable Function<JWTClaimsSet, String> encode;

    /** What is demanded of it, as a coordinator has it. */
    public SecondFactor secondFactor = SecondFactor.NONE;

    /** Its endpoints as an operator names them, if it is to be one of OAuth 2 alone, which gives no ID token. */
    public @Nullable OAuth2Endpoints oauth2;

    /** What refresh tokens are answered with; a status of 200 is a new token. */
    public volatile int refreshStatus = 200;

    private final Set<String> refreshTokens = ConcurrentHashMap.newKeySet();

    public FakeProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newFixedThreadPool(2));
        server.createContext("/", this::handle);
        server.start();
        claims.put("sub", "subject-of-carol");
        claims.put("name", "Carol");
        claims.put("email", "carol@example.test");
        claims.put("email_verified", true);
    }

    static RSAKey newKey(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    public String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** It, as a coordinator has it; to be added to a store. */
    public IdentityProvider settings(long domainId, String name, Admits admits) {
        return settings(domainId, name, admits, Set.of(), "", Set.of());
    }

    public IdentityProvider settings(
            long domainId, String name, Admits admits, Set<String> mailDomains, String claim, Set<String> groups) {
        return new IdentityProvider(
                0,
                domainId,
                name,
                "Example",
                issuer(),
                CLIENT,
                List.of("openid", "profile", "email", "offline_access"),
                Set.of("RS256"),
                admits,
                mailDomains,
                claim,
                groups,
                true,
                Duration.ofMinutes(5),
                OffBoarding.NODES,
                secondFactor,
                oauth2,
                null,
                Instant.EPOCH);
    }

    /** Somebody signs in and agrees: where the provider sends the browser. */
    public String authorize(String wayToProvider) {
        Map<String, String> request = parameters(URI.create(wayToProvider).getRawQuery());
        String code = "code-" + count.incrementAndGet();
        codes.put(code, request);
        return back(request, Map.of("code", code));
    }

    String refuse(String wayToProvider, String error) {
        return back(parameters(URI.create(wayToProvider).getRawQuery()), Map.of("error", error));
    }

    private String back(Map<String, String> request, Map<String, String> more) {
        Map<String, String> query = new LinkedHashMap<>(more);
        query.put("state", String.valueOf(request.get("state")));
        query.put("iss", issuer());
        return request.get("redirect_uri") + "?" + encode(query);
    }

    static String encode(Map<String, String> query) {
        StringBuilder text = new StringBuilder();
        query.forEach((name, value) -> text.append(text.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return text.toString();
    }

    static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new TreeMap<>();
        for (String pair : query.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            parameters.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return parameters;
    }

    int askedFor(String path) {
        return asked.getOrDefault(path, new AtomicInteger()).get();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        asked.computeIfAbsent(path, unused -> new AtomicInteger()).incrementAndGet();
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            switch (path) {
                case "/.well-known/openid-configuration" -> answer(exchange, 200, description());
                case "/keys" -> answer(exchange, 200, new JWKSet(List.copyOf(keys())).toJSONObject(true));
                case "/token" -> token(exchange, parameters(body));
                case "/userinfo" -> {
                    Map<String, Object> said = new TreeMap<>();
                    if (oauth2 == null) {
                        said.put("sub", claims.getOrDefault("sub", "-"));
                    }
                    said.putAll(userInfo);
                    answer(exchange, 200, said);
                }
                case "/elsewhere" -> {
                    exchange.getResponseHeaders().add("Location", issuer() + "/keys");
                    exchange.sendResponseHeaders(302, -1);
                }
                default -> exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    private List<RSAKey> keys() {
        return published.isEmpty() ? List.of(key) : published;
    }

    private Map<String, Object> description() {
        Map<String, Object> said = new TreeMap<>();
        said.put("issuer", issuer());
        said.put("authorization_endpoint", issuer() + "/authorize");
        said.put("token_endpoint", issuer() + "/token");
        said.put("jwks_uri", issuer() + "/keys");
        said.put("userinfo_endpoint", issuer() + "/userinfo");
        said.put("subject_types_supported", List.of("public"));
        said.put("response_types_supported", List.of("code"));
        said.put("id_token_signing_alg_values_supported", List.of("RS256"));
        said.put("scopes_supported", List.of("openid", "offline_access"));
        said.put("authorization_response_iss_parameter_supported", true);
        said.putAll(metadata);
        return said;
    }

    private void token(HttpExchange exchange, Map<String, String> form) throws IOException {
        String basic =
                "Basic " + Base64.getEncoder().encodeToString((CLIENT + ":" + SECRET).getBytes(StandardCharsets.UTF_8));
        if (!basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, Map.of("error", "invalid_client"));
            return;
        }
        Map<String, String> request;
        if ("refresh_token".equals(form.get("grant_type"))) {
            if (refreshStatus != 200 || !refreshTokens.remove(String.valueOf(form.get("refresh_token")))) {
                answer(exchange, refreshStatus == 200 ? 400 : refreshStatus, Map.of("error", "invalid_grant"));
                return;
            }
            request = Map.of();
        } else {
            request = codes.remove(String.valueOf(form.get("code")));
            if (request == null
                    || !Objects.equals(request.get("redirect_uri"), form.get("redirect_uri"))
                    || !challenge(form).equals(request.get("code_challenge"))) {
                answer(exchange, 400, Map.of("error", "invalid_grant"));
                return;
            }
        }
        String refresh = "refresh-" + count.incrementAndGet();
        refreshTokens.add(refresh);
        Map<String, Object> answer = new TreeMap<>();
        answer.put("access_token", "access-" + count.incrementAndGet());
        answer.put("token_type", "Bearer");
        answer.put("expires_in", 300);
        answer.put("refresh_token", refresh);
        if (oauth2 == null) {
            answer.put("id_token", idToken(request.get("nonce")));
        }
        answer(exchange, 200, answer);
    }

    private static String challenge(Map<String, String> form) {
        String verifier = form.get("code_verifier");
        return verifier == null
                ? ""
                : CodeChallenge.compute(CodeChallengeMethod.S256, new CodeVerifier(verifier))
                        .getValue();
    }

    private String idToken(@Nullable String nonce) {
        Instant now = Instant.now();
        JWTClaimsSet.Builder builder = new JWTClaimsSet.Builder()
                .issuer(issuer())
                .audience(CLIENT)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(300)))
                .claim("nonce", nonce);
        claims.forEach(builder::claim);
        JWTClaimsSet said = alter.apply(builder).build();
        Function<JWTClaimsSet, String> other = encode;
        return other == null ? signed(said) : other.apply(said);
    }

    /** A token with the provider's key of this moment. */
    public String signed(JWTClaimsSet said) {
        try {
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256)
                            .keyID(key.getKeyID())
                            .build(),
                    said);
            token.sign(new RSASSASigner(key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, Map<String, ?> json) throws IOException {
        byte[] body = JSONObjectUtils.toJSONString(new TreeMap<>(json)).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
