package io.penstock.server.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.login.OidcLogin.Answer;
import io.penstock.server.login.OidcLogin.Begun;
import io.penstock.server.login.OidcLogin.Finished;
import io.penstock.server.model.Domain;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is not as it has to be lets nobody in: a token, an answer, a way. Each right but for one thing. */
class ForgedTokensTest {
    private static final RSAKey STRANGERS = FakeProvider.newKey("first");

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private final Seeded entropy = new Seeded(11);
    private Store store;
    private Providers providers;
    private OidcLogin login;
    private FakeProvider provider;
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, clock);
        providers = new Providers();
        Administration administration =
                new Administration(store, (text, users, nodes) -> Optional.empty(), providers, entropy);
        login = new OidcLogin(store, providers, administration, URI.create("https://vpn.example.test"), clock, entropy);
        provider = new FakeProvider();
        domain = store.write(tx -> Samples.domain(tx, "default"));
        add("example", provider);
    }

    private void add(String name, FakeProvider fake) {
        store.write(tx -> tx.providers().add(fake.settings(domain.id(), name, Admits.EVERYBODY), FakeProvider.SECRET));
    }

    @AfterEach
    void close() {
        provider.close();
        providers.close();
        store.close();
    }

    private Begun.GoThere begin() {
        return begin("example");
    }

    private Begun.GoThere begin(String name) {
        return assertInstanceOf(Begun.GoThere.class, login.begin(name, null, false));
    }

    private static Map<String, String> query(String back) {
        return new TreeMap<>(
                FakeProvider.parameters(String.valueOf(URI.create(back).getRawQuery())));
    }

    private Finished finish(Map<String, String> query, Token browser) {
        return finish("example", query, browser);
    }

    private Finished finish(String name, Map<String, String> query, Token browser) {
        return login.finish(
                name,
                new Answer(
                        query.getOrDefault("state", ""),
                        query.getOrDefault("code", ""),
                        query.getOrDefault("error", ""),
                        query.getOrDefault("iss", "")),
                Optional.of(browser));
    }

    private Finished signIn() {
        Begun.GoThere go = begin();
        return finish(query(provider.authorize(go.there().toString())), go.browser());
    }

    private String lastDetail() {
        return store.read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 1))
                .getFirst()
                .detail();
    }

    /** Refused, with a line in the log that says why, and nobody has come to be. */
    private void assertRefused(Finished finished, String why) {
        assertInstanceOf(Finished.Refused.class, finished);
        assertTrue(lastDetail().contains(why), lastDetail());
        assertTrue(store.read(tx -> tx.users().list(domain.id())).isEmpty());
    }

    private void assertTokenRefused(UnaryOperator<JWTClaimsSet.Builder> alter, String why) {
        provider.alter = alter;
        assertRefused(signIn(), why);
        provider.alter = builder -> builder;
        assertInstanceOf(Finished.In.class, signIn(), "and nothing else was wrong");
    }

    @Test
    void audienceOfAnother() {
        assertTokenRefused(builder -> builder.audience("another-client"), "audience");
    }

    @Test
    void severalAudiencesWithoutAuthorisedParty() {
        assertTokenRefused(builder -> builder.audience(List.of(FakeProvider.CLIENT, "another")), "azp");
    }

    @Test
    void authorisedPartyIsAnother() {
        assertTokenRefused(builder -> builder.claim("azp", "another-client"), "azp");
    }

    @Test
    void issuerIsAnother() {
        assertTokenRefused(builder -> builder.issuer("https://idp.example"), "issuer");
    }

    @Test
    void issuerWithASlashMore() {
        assertTokenRefused(builder -> builder.issuer(provider.issuer() + "/"), "issuer");
    }

    @Test
    void nonceOfAnotherLogin() {
        assertTokenRefused(builder -> builder.claim("nonce", "0".repeat(64)), "nonce");
    }

    @Test
    void nonceIsMissing() {
        assertTokenRefused(builder -> builder.claim("nonce", null), "nonce");
    }

    @Test
    void expired() {
        assertTokenRefused(
                builder -> builder.expirationTime(Date.from(Instant.now().minusSeconds(Tokens.MAX_CLOCK_SKEW_S + 5))),
                "Expired");
    }

    @Test
    void expiryIsMissing() {
        assertTokenRefused(builder -> builder.expirationTime(null), "exp");
    }

    @Test
    void fromTheFuture() {
        assertTokenRefused(
                builder -> builder.issueTime(Date.from(Instant.now().plusSeconds(Tokens.MAX_CLOCK_SKEW_S + 60))),
                "ahead");
    }

    @Test
    void notGoodYet() {
        assertTokenRefused(
                builder -> builder.notBeforeTime(Date.from(Instant.now().plus(Duration.ofDays(2)))), "not good yet");
    }

    @Test
    void subjectIsMissing() {
        assertTokenRefused(builder -> builder.subject(null), "sub");
    }

    @Test
    void subjectIsEmpty() {
        assertTokenRefused(builder -> builder.subject("  "), "sub");
    }

    @Test
    void hashOfAnotherAccessToken() {
        assertTokenRefused(builder -> builder.claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "hash");
    }

    @Test
    void notSigned() {
        provider.encode = said -> new PlainJWT(said).serialize();
        assertRefused(signIn(), "not signed");
    }

    @Test
    void signedWithThePublicKeyAsASecret() {
        provider.encode = said -> {
            try {
                byte[] publicKey = provider.key.toRSAPublicKey().getEncoded();
                return signed(said, JWSAlgorithm.HS256, provider.key.getKeyID(), new MACSigner(publicKey));
            } catch (JOSEException e) {
                throw new AssertionError(e);
            }
        };
        assertRefused(signIn(), "not good");
    }

    @Test
    void signedWithTheClientsSecret() {
        provider.encode = said -> {
            try {
                byte[] secret = FakeProvider.SECRET.repeat(3).getBytes(StandardCharsets.US_ASCII);
                return signed(said, JWSAlgorithm.HS256, provider.key.getKeyID(), new MACSigner(secret));
            } catch (JOSEException e) {
                throw new AssertionError(e);
            }
        };
        assertRefused(signIn(), "not good");
    }

    @Test
    void algorithmThatWasNotFixed() {
        provider.encode = said -> signed(said, JWSAlgorithm.RS512, provider.key.getKeyID(), signer(provider.key));
        assertRefused(signIn(), "not good");
    }

    @Test
    void signedByAStrangerUnderTheSameKeyId() {
        provider.encode = said -> signed(said, JWSAlgorithm.RS256, "first", signer(STRANGERS));
        assertRefused(signIn(), "not good");
    }

    @Test
    void bringsItsOwnKey() {
        provider.encode = said -> {
            JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                    .jwk(STRANGERS.toPublicJWK())
                    .jwkURL(URI.create(provider.issuer() + "/keys"))
                    .build();
            return signed(said, header, signer(STRANGERS));
        };
        assertRefused(signIn(), "not good");
    }

    @Test
    void signatureIsCutOff() {
        provider.encode = said -> {
            String token = provider.signed(said);
            return token.substring(0, token.lastIndexOf('.') + 1);
        };
        assertInstanceOf(Finished.Refused.class, signIn());
    }

    @Test
    void changedAfterItWasSigned() {
        provider.encode = said -> {
            String[] parts = provider.signed(said).split("\\.", -1);
            String other = new JWTClaimsSet.Builder(said)
                    .subject("somebody-else")
                    .build()
                    .toString();
            return parts[0] + "."
                    + Base64.getUrlEncoder().withoutPadding().encodeToString(other.getBytes(StandardCharsets.UTF_8))
                    + "."
                    + parts[2];
        };
        assertRefused(signIn(), "not good");
    }

    @Test
    void tokenInsideAnEncryptedOne() {
        provider.encode = said -> encrypted(new PlainJWT(said).serialize());
        assertRefused(signIn(), "encrypted");
        provider.encode = said -> encrypted(provider.signed(said));
        assertRefused(signIn(), "encrypted");
        provider.encode = said -> {
            try {
                JWEObject token = new JWEObject(
                        new JWEHeader(JWEAlgorithm.DIR, EncryptionMethod.A256GCM), new Payload(said.toJSONObject()));
                token.encrypt(new DirectEncrypter(new byte[32]));
                return token.serialize();
            } catch (JOSEException e) {
                throw new AssertionError(e);
            }
        };
        assertRefused(signIn(), "encrypted");
    }

    private String encrypted(String inner) {
        try {
            JWEObject token = new JWEObject(
                    new JWEHeader.Builder(JWEAlgorithm.RSA_OAEP_256, EncryptionMethod.A256GCM)
                            .keyID(provider.key.getKeyID())
                            .contentType("JWT")
                            .build(),
                    new Payload(inner));
            token.encrypt(new RSAEncrypter(provider.key.toRSAPublicKey()));
            return token.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tokenOfAnotherType() {
        provider.encode = said -> signed(
                said,
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .type(new JOSEObjectType("logout+jwt"))
                        .keyID("first")
                        .build(),
                signer(provider.key));
        assertRefused(signIn(), "not good");
    }

    @Test
    void userInfoOfAnotherSubject() {
        provider.claims.remove("email");
        provider.userInfo.put("sub", "somebody-else");
        provider.userInfo.put("email", "root@example.test");
        assertRefused(signIn(), "another subject");
    }

    @Test
    void unverifiedMailOfTheUserInfoIsNotVerifiedByTheToken() {
        provider.claims.remove("email");
        provider.userInfo.put("email", "root@example.test");
        assertInstanceOf(Finished.In.class, signIn());
        String name = store.read(tx -> tx.users().list(domain.id())).getFirst().loginName();
        assertEquals("subject-of-carol@example", name);
    }

    @Test
    void stateThatWeDidNotGive() {
        Begun.GoThere go = begin();
        Map<String, String> query = query(provider.authorize(go.there().toString()));
        query.put("state", Token.create(TokenKind.STATE, entropy).reveal());
        assertInstanceOf(Finished.Stale.class, finish(query, go.browser()));
        query.put("state", "");
        assertInstanceOf(Finished.Stale.class, finish(query, go.browser()));
        assertEquals(0, provider.askedFor("/token"), "its code was not even shown");
    }

    @Test
    void loginThatAnotherBrowserBegan() {
        Begun.GoThere attackers = begin();
        Map<String, String> query = query(provider.authorize(attackers.there().toString()));
        Begun.GoThere victims = begin();

        assertInstanceOf(
                Finished.Stale.class, finish(query, victims.browser()), "nobody is signed in as somebody else");
        assertInstanceOf(Finished.In.class, finish(query, attackers.browser()), "and that has used nothing up");
    }

    @Test
    void codeAndStateAreUsedOnce() {
        Begun.GoThere go = begin();
        Map<String, String> query = query(provider.authorize(go.there().toString()));
        assertInstanceOf(Finished.In.class, finish(query, go.browser()));
        assertInstanceOf(Finished.Stale.class, finish(query, go.browser()));
        assertEquals(1, provider.askedFor("/token"));

        Begun.GoThere other = begin();
        Map<String, String> replayed = query(provider.authorize(other.there().toString()));
        replayed.put("code", String.valueOf(query.get("code")));
        assertInstanceOf(Finished.Refused.class, finish(replayed, other.browser()));
        assertTrue(lastDetail().contains("invalid_grant"), lastDetail());
    }

    @Test
    void codeOfAnotherVerifier() {
        Begun.GoThere victims = begin();
        Begun.GoThere attackers = begin();
        Map<String, String> stolen = query(provider.authorize(victims.there().toString()));
        Map<String, String> query = query(provider.authorize(attackers.there().toString()));
        query.put("code", String.valueOf(stolen.get("code")));
        assertRefused(finish(query, attackers.browser()), "invalid_grant");
    }

    @Test
    void answerOfOneProviderGivenToAnother() throws IOException {
        try (FakeProvider evil = new FakeProvider()) {
            add("evil", evil);
            Begun.GoThere go = begin("evil");
            Map<String, String> query = query(evil.authorize(go.there().toString()));
            assertRefused(finish("example", query, go.browser()), "came back from example");
            assertEquals(0, provider.askedFor("/token"));

            Begun.GoThere honest = begin();
            Map<String, String> back = query(provider.authorize(honest.there().toString()));
            assertRefused(finish("evil", back, honest.browser()), "came back from evil");
            assertEquals(0, evil.askedFor("/token"), "it does not get the other's code");
        }
    }

    @Test
    void answerNamesAnotherIssuerOrNone() {
        Begun.GoThere go = begin();
        Map<String, String> query = query(provider.authorize(go.there().toString()));
        query.put("iss", "https://evil.example");
        assertRefused(finish(query, go.browser()), "another issuer");

        Begun.GoThere again = begin();
        Map<String, String> silent = query(provider.authorize(again.there().toString()));
        silent.remove("iss");
        assertRefused(finish(silent, again.browser()), "does not say");
    }

    @Test
    void errorOfTheProviderIsNoText() {
        Begun.GoThere go = begin();
        Map<String, String> query = query(provider.refuse(go.there().toString(), "access_denied"));
        assertRefused(finish(query, go.browser()), "access_denied");

        Begun.GoThere again = begin();
        Map<String, String> odd = query(provider.refuse(again.there().toString(), "<b>call 555</b>"));
        Finished.Refused refused = assertInstanceOf(Finished.Refused.class, finish(odd, again.browser()));
        assertEquals("you were not signed in there", refused.reason());
        assertTrue(lastDetail().endsWith("the error that is none"), lastDetail());
    }

    @Test
    void keysMayChange() {
        assertInstanceOf(Finished.In.class, signIn());
        provider.key = FakeProvider.newKey("second");
        assertInstanceOf(Finished.In.class, signIn());
        assertEquals(2, provider.askedFor("/keys"), "the unknown key was asked for");
    }

    @Test
    void unknownKeysDoNotMakeUsAskWithoutEnd() {
        assertInstanceOf(Finished.In.class, signIn());
        for (int i = 0; i < 10; i++) {
            String id = "unknown-" + i;
            provider.encode = said -> signed(said, JWSAlgorithm.RS256, id, signer(STRANGERS));
            assertInstanceOf(Finished.class, signIn());
        }
        assertTrue(provider.askedFor("/keys") <= 3, provider.askedFor("/keys") + " times");
        provider.encode = null;
        assertInstanceOf(Finished.In.class, signIn(), "the right key is still known");
    }

    private static JWSSigner signer(RSAKey key) {
        try {
            return new RSASSASigner(key);
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static String signed(JWTClaimsSet said, JWSAlgorithm algorithm, String keyId, JWSSigner signer) {
        return signed(said, new JWSHeader.Builder(algorithm).keyID(keyId).build(), signer);
    }

    private static String signed(JWTClaimsSet said, JWSHeader header, JWSSigner signer) {
        try {
            SignedJWT token = new SignedJWT(header, said);
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }
}
