package io.penstock.server.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.login.BackChannel.Heard;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider's word that sessions have ended, right and forged. */
class LogoutTokensTest {
    private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

    @TempDir
    private Path parent;

    private final Seeded entropy = new Seeded(13);
    private Store store;
    private Providers providers;
    private Administration administration;
    private BackChannel channel;
    private FakeProvider provider;
    private IdentityProvider settings;
    private User carol;
    private Token first;
    private Token second;
    private Token local;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, new TestClock());
        providers = new Providers();
        administration = new Administration(store, (text, users, nodes) -> Optional.empty(), providers, entropy);
        channel = new BackChannel(store, providers, administration.providerGrants());
        provider = new FakeProvider();
        Domain domain = store.write(tx -> Samples.domain(tx, "default"));
        settings = store.write(tx ->
                tx.providers().add(provider.settings(domain.id(), "example", Admits.EVERYBODY), FakeProvider.SECRET));
        Identity identity = new Identity(provider.issuer(), "carol");
        carol = store.write(tx -> tx.users().add(domain.id(), identity, "carol", "Carol", Role.MEMBER, false));
        first = session(settings.id(), "sid-1");
        second = session(settings.id(), "sid-2");
        local = session(null, null);
    }

    private Token session(@Nullable Long providerId, @Nullable String sid) {
        Token session = Token.create(TokenKind.SESSION, entropy);
        store.write(tx -> tx.sessions().add(carol.id(), session, providerId, sid, providerId == null, null));
        return session;
    }

    @AfterEach
    void close() {
        provider.close();
        providers.close();
        store.close();
    }

    private JWTClaimsSet.Builder claims() {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(provider.issuer())
                .audience(FakeProvider.CLIENT)
                .subject("carol")
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(120)))
                .jwtID(UUID.randomUUID().toString())
                .claim("events", Map.of(EVENT, Map.of()));
    }

    private Heard hear(JWTClaimsSet.Builder claims) {
        return channel.hear("example", provider.signed(claims.build()));
    }

    private boolean isIn(Token session) {
        return administration.signIn().present(session).isPresent();
    }

    private void assertRefused(UnaryOperator<JWTClaimsSet.Builder> alter) {
        assertEquals(Heard.REFUSED, hear(alter.apply(claims())));
        assertTrue(isIn(first) && isIn(second));
        assertEquals(Heard.DONE, hear(claims()), "and nothing else was wrong");
    }

    @Test
    void endsTheSessionItNamesAndNoOther() {
        assertEquals(Heard.DONE, hear(claims().claim("sid", "sid-1")));
        assertFalse(isIn(first));
        assertTrue(isIn(second) && isIn(local));
        assertEquals(Heard.DONE, hear(claims().subject(null).claim("sid", "sid-2")), "the session alone is enough");
        assertFalse(isIn(second));
    }

    @Test
    void endsAllOfASubjectThatBeganByTheProvider() {
        assertEquals(Heard.DONE, hear(claims()));
        assertFalse(isIn(first) || isIn(second));
        assertTrue(isIn(local), "a session that began elsewhere is not the provider's");
        var entry = store.read(tx -> tx.audit().list(carol.domainId(), Long.MAX_VALUE, 1))
                .getFirst();
        assertEquals(
                "log out|user 1 carol|2 sessions end", entry.action() + "|" + entry.target() + "|" + entry.detail());
    }

    @Test
    void anothersSessionIsNotTheSubjects() {
        assertEquals(Heard.DONE, hear(claims().subject("dave").claim("sid", "sid-1")));
        assertTrue(isIn(first));
    }

    @Test
    void countsOnce() {
        String token = provider.signed(claims().build());
        assertEquals(Heard.DONE, channel.hear("example", token));
        Token again = session(settings.id(), "sid-3");
        assertEquals(Heard.REFUSED, channel.hear("example", token));
        assertTrue(isIn(again));
    }

    @Test
    void signedByAnother() throws IOException {
        try (FakeProvider other = new FakeProvider()) {
            String forged = other.signed(claims().build());
            assertEquals(Heard.REFUSED, channel.hear("example", forged));
        }
        assertTrue(isIn(first));
    }

    @Test
    void notSigned() {
        assertEquals(Heard.REFUSED, channel.hear("example", new PlainJWT(claims().build()).serialize()));
        assertEquals(Heard.REFUSED, channel.hear("example", "no token"));
        assertEquals(Heard.REFUSED, channel.hear("example", ""));
        assertEquals(Heard.REFUSED, channel.hear("nobody", provider.signed(claims().build())));
        assertTrue(isIn(first));
    }

    @Test
    void issuerIsAnother() {
        assertRefused(claims -> claims.issuer("https://idp.example"));
    }

    @Test
    void audienceOfAnother() {
        assertRefused(claims -> claims.audience("another-client"));
    }

    @Test
    void identityTokenIsNoLogoutToken() {
        assertRefused(claims -> claims.claim("events", null).claim("nonce", "n"));
    }

    @Test
    void nonceIsThere() {
        assertRefused(claims -> claims.claim("nonce", "n"));
    }

    @Test
    void eventIsAnother() {
        assertRefused(claims -> claims.claim("events", Map.of("https://example.test/event", Map.of())));
    }

    @Test
    void namesNobody() {
        assertRefused(claims -> claims.subject(null));
    }

    @Test
    void identifierIsMissing() {
        assertRefused(claims -> claims.jwtID(null));
    }

    @Test
    void expired() {
        assertRefused(
                claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(Tokens.MAX_CLOCK_SKEW_S + 5))));
    }

    @Test
    void old() {
        assertRefused(claims -> claims.issueTime(
                Date.from(Instant.now().minus(Tokens.MAX_LOGOUT_AGE).minusSeconds(5))));
    }

    @Test
    void fromTheFuture() {
        assertRefused(claims -> claims.issueTime(Date.from(Instant.now().plusSeconds(Tokens.MAX_CLOCK_SKEW_S + 5))));
    }

    @Test
    void saysThatItCannotWhileTheProviderIsAway() {
        String token = provider.signed(claims().build());
        provider.close();
        assertEquals(Heard.UNAVAILABLE, channel.hear("example", token));
        assertTrue(isIn(first));
    }
}
