package io.penstock.server.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jwt.JWTClaimsSet;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.login.BackChannel.Heard;
import io.penstock.server.login.OidcLogin.Answer;
import io.penstock.server.login.OidcLogin.Begun;
import io.penstock.server.login.OidcLogin.Finished;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.OAuth2Endpoints;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A provider of OAuth 2 that knows no OpenID Connect: no description, no token that says who somebody is. */
class OAuth2LoginTest {
    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private final Seeded entropy = new Seeded(14);
    private Store store;
    private Providers providers;
    private Administration administration;
    private OidcLogin login;
    private FakeProvider provider;
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, clock);
        providers = new Providers();
        administration = new Administration(store, (text, users, nodes) -> Optional.empty(), providers, entropy);
        login = new OidcLogin(store, providers, administration, URI.create("https://vpn.example.test"), clock, entropy);
        provider = new FakeProvider();
        domain = store.write(tx -> Samples.domain(tx, "default"));
        provider.userInfo.putAll(Map.of("id", 4711L, "display", "Carol", "mail", "Carol@example.test", "sure", true));
    }

    private void add(String verifiedField) {
        String at = provider.issuer();
        provider.oauth2 = new OAuth2Endpoints(
                at + "/authorize", at + "/token", at + "/userinfo", "id", "display", "mail", verifiedField);
        store.write(tx -> tx.providers()
                .add(
                        provider.settings(domain.id(), "bare", Admits.EVERYBODY, Set.of(), "teams", Set.of()),
                        FakeProvider.SECRET));
    }

    @AfterEach
    void close() {
        provider.close();
        providers.close();
        store.close();
    }

    private Finished signIn() {
        Begun.GoThere go = assertInstanceOf(Begun.GoThere.class, login.begin("bare", null, false));
        Map<String, String> query = FakeProvider.parameters(
                URI.create(provider.authorize(go.there().toString())).getRawQuery());
        return login.finish(
                "bare",
                new Answer(
                        query.getOrDefault("state", ""),
                        query.getOrDefault("code", ""),
                        "",
                        query.getOrDefault("iss", "")),
                Optional.of(go.browser()));
    }

    private User user() {
        return store.read(tx -> tx.users().list(domain.id())).getFirst();
    }

    private void assertNobodyIsIn(Finished finished, Class<? extends Finished> how) {
        assertInstanceOf(how, finished);
        assertTrue(store.read(tx -> tx.users().list(domain.id())).isEmpty());
    }

    @Test
    void userInfoSaysWho() {
        add("sure");
        provider.userInfo.put("teams", List.of("eng"));
        Begun.GoThere go = assertInstanceOf(Begun.GoThere.class, login.begin("bare", null, false));
        assertTrue(go.there().getRawQuery().contains("code_challenge_method=S256"));
        assertFalse(go.there().getRawQuery().contains("nonce="));

        assertInstanceOf(Finished.In.class, signIn());

        assertEquals(new Identity(provider.issuer(), "4711"), user().identity());
        assertEquals("carol@example.test", user().loginName());
        assertEquals("Carol", user().displayName());
        assertEquals(Set.of("group:eng"), user().groups());
        assertEquals(0, provider.askedFor("/.well-known/openid-configuration"));
        assertEquals(0, provider.askedFor("/keys"));
    }

    @Test
    void addressThatIsNotVerifiedIsNone() {
        add("sure");
        provider.userInfo.put("sure", "true");
        signIn();
        assertEquals("4711@bare", user().loginName());
    }

    @Test
    void providerThatHasOnlyVerifiedAddresses() {
        add("");
        provider.userInfo.remove("sure");
        signIn();
        assertEquals("carol@example.test", user().loginName());
    }

    @Test
    void nobodyIsIt() {
        add("sure");
        for (Object nobody : List.of("", " ", true, 1.5, List.of("4711"), Map.of("id", "4711"))) {
            provider.userInfo.put("id", nobody);
            assertNobodyIsIn(signIn(), Finished.Refused.class);
        }
        provider.userInfo.remove("id");
        assertNobodyIsIn(signIn(), Finished.Refused.class);
    }

    @Test
    void refusedUserInfoLetsNobodyIn() {
        String at = provider.issuer();
        provider.oauth2 = new OAuth2Endpoints(at + "/authorize", at + "/token", at + "/nowhere", "id", "n", "m", "");
        store.write(tx ->
                tx.providers().add(provider.settings(domain.id(), "bare", Admits.EVERYBODY), FakeProvider.SECRET));
        assertNobodyIsIn(signIn(), Finished.Unavailable.class);
    }

    @Test
    void asksAgainAndPutsOut() {
        add("sure");
        signIn();
        try (GrantWatch watch = new GrantWatch(store, providers, administration.providerGrants())) {
            clock.advance(Duration.ofMinutes(6));
            watch.runOnce();
            assertTrue(user().isActive());

            provider.userInfo.put("id", 4712L);
            clock.advance(Duration.ofMinutes(6));
            watch.runOnce();
            assertTrue(user().isActive(), "what it says of somebody else is not said of her");

            provider.userInfo.put("id", 4711L);
            provider.refreshStatus = 400;
            clock.advance(Duration.ofMinutes(6));
            watch.runOnce();
            assertFalse(user().isActive());
        }
    }

    @Test
    void hasNoLogoutTokens() {
        add("sure");
        assertEquals(
                Heard.REFUSED, login.backChannel().hear("bare", provider.signed(new JWTClaimsSet.Builder().build())));
    }

    @Test
    void demandsNoFactorThatCouldNotBeKnown() {
        provider.secondFactor = new SecondFactor(Set.of(SecondFactor.Use.ALWAYS), List.of(), Set.of("otp"));
        assertThrows(IllegalArgumentException.class, () -> add("sure"));
    }

    @Test
    void endpointsWithoutTlsNeedToBeAllowed() {
        OAuth2Endpoints plain = new OAuth2Endpoints(
                "https://a.example/", "http://a.example/token", "https://a.example/me", "id", "n", "m", "");
        assertFalse(plain.isTls());
        IdentityProvider known = provider.settings(domain.id(), "bare", Admits.EVERYBODY);
        assertThrows(
                IllegalArgumentException.class,
                () -> new IdentityProvider(
                        0,
                        domain.id(),
                        "bare",
                        "Bare",
                        "https://a.example",
                        "client",
                        List.of(),
                        Set.of("RS256"),
                        Admits.USERS,
                        Set.of(),
                        "",
                        Set.of(),
                        false,
                        known.refresh(),
                        known.offBoarding(),
                        SecondFactor.NONE,
                        plain,
                        null,
                        known.created()));
    }
}
