package io.penstock.server.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.penstock.relay.tls.Certificates;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.login.OidcLogin.Begun;
import io.penstock.server.login.OidcLogin.Finished;
import io.penstock.server.login.SamlLogin.Received;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.IdentityProvider.Admits;
import io.penstock.server.model.IdentityProvider.OffBoarding;
import io.penstock.server.model.Role;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.model.SamlSettings.NameIds;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Session;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.saml.FakeIdp;
import io.penstock.server.saml.SpKey;
import io.penstock.server.store.ProviderLoginTable;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way to a provider of SAML and back, and what comes of it. */
class SamlLoginTest {
    private static final String US = "https://vpn.example.test";
    private static final Set<String> ALGORITHMS = Set.of("RS256", "ES256");

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private final Seeded entropy = new Seeded(15);
    private Store store;
    private Providers providers;
    private Administration administration;
    private OidcLogin login;
    private Domain domain;

    /** Where a provider describes itself, if it does not answer itself. */
    private HttpServer server;

    private volatile List<Certificates.SelfSigned> published = List.of(FakeIdp.KEY);
    private volatile int status = 200;
    private final AtomicInteger asked = new AtomicInteger();

    // What is added.
    private NameIds nameIds = NameIds.PERSISTENT;
    private String subjectAttribute = "";
    private String verifiedAttribute = "";
    private SecondFactor secondFactor = SecondFactor.NONE;
    private OffBoarding offBoarding = OffBoarding.NODES;

    @BeforeEach
    void open() throws IOException {
        store = Samples.store(parent, clock);
        providers = new Providers(clock);
        administration = new Administration(store, (text, users, nodes) -> Optional.empty(), providers, entropy);
        login = new OidcLogin(store, providers, administration, URI.create(US), clock, entropy);
        domain = store.write(tx -> Samples.domain(tx, "default"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/metadata", exchange -> {
            asked.incrementAndGet();
            byte[] body = FakeIdp.metadata(published).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
        providers.close();
        store.close();
    }

    private SamlSettings given(boolean signs) {
        return new SamlSettings(
                "",
                FakeIdp.SIGN_ON,
                List.of(FakeIdp.text(FakeIdp.KEY)),
                signs,
                nameIds,
                subjectAttribute,
                "displayName",
                "mail",
                verifiedAttribute);
    }

    private IdentityProvider add() {
        return add("corp", given(false), "");
    }

    private IdentityProvider add(String name, SamlSettings settings, String secret) {
        return store.write(tx -> tx.providers()
                .add(
                        new IdentityProvider(
                                0,
                                domain.id(),
                                name,
                                "Corp",
                                FakeIdp.ENTITY_ID,
                                "",
                                List.of(),
                                ALGORITHMS,
                                Admits.EVERYBODY,
                                Set.of(),
                                "groups",
                                Set.of(),
                                true,
                                Duration.ofDays(30),
                                offBoarding,
                                secondFactor,
                                null,
                                settings,
                                Instant.EPOCH),
                        secret));
    }

    private void addDescribed() {
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/metadata";
        add("corp", new SamlSettings(url, "", List.of(), false, nameIds, "", "", "", ""), "");
    }

    /** A browser that was sent off, and what it was sent with. */
    private record Sent(Begun.GoThere go, String there) {
        String relayState() {
            return SamlForms.relayState(there);
        }

        String request() {
            return SamlForms.request(there);
        }

        String requestId() {
            return SamlForms.requestId(there);
        }
    }

    private Sent leave() {
        return leave("corp", false);
    }

    private Sent leave(String name, boolean secondFactor) {
        Begun.GoThere go = assertInstanceOf(Begun.GoThere.class, login.begin(name, null, secondFactor));
        return new Sent(go, go.there().toString());
    }

    private FakeIdp idp(Sent sent) {
        return new FakeIdp(sent.requestId(), US + "/login/metadata/corp", US + "/login/from/corp", clock.instant());
    }

    private Received receive(Sent sent, FakeIdp idp) {
        return login.saml().receive("corp", FakeIdp.inForm(idp.answer()), sent.relayState());
    }

    private Finished come(Sent sent, Received received) {
        Received.Kept kept = assertInstanceOf(Received.Kept.class, received, this::lastAudit);
        return login.finishAnswered(kept.state(), Optional.of(sent.go.browser()));
    }

    private Finished signIn(Consumer<FakeIdp> says) {
        Sent sent = leave();
        FakeIdp idp = idp(sent);
        idp.says.put("assertion", "_" + sent.requestId().substring(1, 20));
        says.accept(idp);
        return come(sent, receive(sent, idp));
    }

    private User user() {
        return store.read(tx -> tx.users().list(domain.id())).getFirst();
    }

    private String lastAudit() {
        var entry = store.read(tx -> tx.audit().list(domain.id(), Long.MAX_VALUE, 10))
                .getFirst();
        return entry.action() + "|" + entry.decision() + "|" + entry.detail();
    }

    private void assertNobodyIsIn() {
        assertTrue(store.read(tx -> tx.users().list(domain.id())).isEmpty());
    }

    @Test
    void asksAsItHasToAndBelievesTheAnswer() {
        add();
        Sent sent = leave();
        assertTrue(sent.go.there().toString().startsWith(FakeIdp.SIGN_ON + "&SAMLRequest="));
        assertTrue(sent.relayState().length() <= 80, "no more comes back");
        String request = sent.request();
        for (String part : List.of(
                "Destination=\"https://idp.example.test/sso?tenant=a\"",
                "AssertionConsumerServiceURL=\"https://vpn.example.test/login/from/corp\"",
                "ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"",
                "<saml:Issuer>https://vpn.example.test/login/metadata/corp</saml:Issuer>",
                "IssueInstant=\"2026-11-26T12:00:00Z\"",
                "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"")) {
            assertTrue(request.contains(part), request);
        }
        assertFalse(request.contains("RequestedAuthnContext"), request);
        assertFalse(sent.there.contains("Signature="), sent.there);

        FakeIdp idp = idp(sent);
        idp.attributes.put("mail", List.of("Carol@example.test"));
        idp.attributes.put("displayName", List.of("Carol"));
        idp.attributes.put("groups", List.of("eng", "ops"));
        assertInstanceOf(Finished.In.class, come(sent, receive(sent, idp)));

        assertEquals(new Identity("saml:" + FakeIdp.ENTITY_ID, "subject-of-carol"), user().identity());
        assertEquals("carol@example.test", user().loginName());
        assertEquals("Carol", user().displayName());
        assertEquals(Set.of("group:eng", "group:ops"), user().groups());
    }

    /** Of one system by both protocols, one may let people choose what the other uses as a name for good. */
    @Test
    void subjectByOpenIdConnectIsSomebodyElse() {
        User other = store.write(tx -> tx.users()
                .add(
                        domain.id(),
                        new Identity(FakeIdp.ENTITY_ID, "subject-of-carol"),
                        "other",
                        "Other",
                        Role.OWNER,
                        false));
        add();
        Finished.In in = assertInstanceOf(Finished.In.class, signIn(idp -> {}));
        assertFalse(in.signedIn().user().id() == other.id());
    }

    @Test
    void groupsThatAreNotSaidStay() {
        add();
        signIn(idp -> idp.attributes.put("groups", List.of("eng")));
        assertInstanceOf(Finished.In.class, signIn(idp -> {}));
        assertEquals(Set.of("group:eng"), user().groups());
    }

    @Test
    void mailIsTheirsOnlyIfTheProviderSaysSo() {
        verifiedAttribute = "verified";
        add();
        signIn(idp -> idp.attributes.put("mail", List.of("carol@example.test")));
        assertEquals("subject-of-carol@corp", user().loginName());
    }

    @Test
    void answerIsForTheBrowserThatWasSentOff() {
        add();
        Sent sent = leave();
        Received.Kept kept = assertInstanceOf(Received.Kept.class, receive(sent, idp(sent)));

        assertInstanceOf(Finished.Stale.class, login.finishAnswered(kept.state(), Optional.empty()));
        assertInstanceOf(
                Finished.Stale.class,
                login.finishAnswered(kept.state(), Optional.of(Token.create(TokenKind.BROWSER, entropy))));
        assertNobodyIsIn();
        assertInstanceOf(Finished.In.class, login.finishAnswered(kept.state(), Optional.of(sent.go.browser())));
        assertInstanceOf(
                Finished.Stale.class,
                login.finishAnswered(kept.state(), Optional.of(sent.go.browser())),
                "it counts once");
    }

    @Test
    void nobodyIsInBeforeThereIsAnAnswer() {
        add();
        Sent sent = leave();
        Token state =
                Token.parse(TokenKind.STATE, "pnk-state-" + sent.relayState()).orElseThrow();

        assertInstanceOf(Finished.Stale.class, login.finishAnswered(state, Optional.of(sent.go.browser())));
        assertInstanceOf(Finished.In.class, come(sent, receive(sent, idp(sent))), "which used up nothing");
    }

    @Test
    void replayIsRefused() {
        add();
        Sent first = leave();
        String answer = FakeIdp.inForm(idp(first).answer());
        Received once = login.saml().receive("corp", answer, first.relayState());
        assertInstanceOf(
                Received.Stale.class, login.saml().receive("corp", answer, first.relayState()), "it was answered");
        assertInstanceOf(Finished.In.class, come(first, once));
        assertInstanceOf(Received.Stale.class, login.saml().receive("corp", answer, first.relayState()));

        Sent second = leave();
        assertInstanceOf(Received.Refused.class, login.saml().receive("corp", answer, second.relayState()));
        assertTrue(lastAudit().contains("InResponseTo"), lastAudit());

        FakeIdp again = idp(second);
        again.says.put("assertion", "_assertion"); // the identifier of the first
        assertInstanceOf(Received.Refused.class, receive(second, again));
        assertEquals("sign in|denied|the assertion was given before", lastAudit());
    }

    @Test
    void answerThatComesTooLateIsStale() {
        add();
        Sent sent = leave();
        clock.advance(ProviderLoginTable.LIFETIME);
        assertInstanceOf(Received.Stale.class, receive(sent, idp(sent)));
    }

    @Test
    void fewAnswersThatAreNotBelievedEndTheWay() {
        add();
        Sent sent = leave();
        FakeIdp forged = idp(sent);
        forged.key = FakeIdp.OTHER_KEY;
        for (int i = 0; i < ProviderLoginTable.MAX_FAILURES; i++) {
            Received.Refused refused = assertInstanceOf(Received.Refused.class, receive(sent, forged));
            assertTrue(refused.reason().contains("not to be believed"), refused.reason());
        }
        assertInstanceOf(Received.Stale.class, receive(sent, idp(sent)));
        assertNobodyIsIn();
    }

    @Test
    void answerOfAnotherProvider() {
        add();
        add("other", given(false), "");
        Sent sent = leave("other", false);
        assertInstanceOf(
                Received.Refused.class,
                login.saml().receive("corp", FakeIdp.inForm(idp(sent).answer()), sent.relayState()));
        assertTrue(lastAudit().contains("came back from corp"), lastAudit());
    }

    @Test
    void providerThatDidNotSignSomebodyIn() {
        add();
        Sent sent = leave();
        FakeIdp idp = idp(sent);
        idp.status = "urn:oasis:names:tc:SAML:2.0:status:Responder";
        Received.Refused refused = assertInstanceOf(Received.Refused.class, receive(sent, idp));
        assertEquals("you were not signed in there", refused.reason());
        assertInstanceOf(Finished.In.class, come(sent, receive(sent, idp(sent))), "who tries on gets in");
    }

    @Test
    void nameForOneSessionIsNobody() {
        nameIds = NameIds.UNSPECIFIED;
        add();
        Sent sent = leave();
        assertFalse(sent.request().contains("Format="), sent.request());
        FakeIdp idp = idp(sent);
        idp.says.put("format", NameIds.TRANSIENT_FORMAT);
        assertInstanceOf(Received.Refused.class, receive(sent, idp));
        assertTrue(lastAudit().contains("by which nobody is known again"), lastAudit());

        idp.says.put("format", "");
        assertInstanceOf(Finished.In.class, come(sent, receive(sent, idp)));
    }

    @Test
    void nameOfAnotherFormatThanAskedFor() {
        add();
        Sent sent = leave();
        FakeIdp idp = idp(sent);
        idp.says.put("format", NameIds.EMAIL.format());
        assertInstanceOf(Received.Refused.class, receive(sent, idp));
        assertTrue(lastAudit().contains("emailAddress, not"), lastAudit());
    }

    @Test
    void subjectOutOfAnAttribute() {
        subjectAttribute = "objectGUID";
        add();
        Sent sent = leave();
        FakeIdp idp = idp(sent);
        idp.says.put("format", NameIds.TRANSIENT_FORMAT);
        assertInstanceOf(Received.Refused.class, receive(sent, idp));
        idp.attributes.put("objectGUID", List.of("4711", "4712"));
        assertInstanceOf(Received.Refused.class, receive(sent, idp));

        idp.attributes.put("objectGUID", List.of("4711"));
        assertInstanceOf(Finished.In.class, come(sent, receive(sent, idp)));
        assertEquals("4711", user().identity().subject());
    }

    @Test
    void secondFactorIsAskedForAndChecked() {
        String word = "https://refeds.org/profile/mfa";
        secondFactor = new SecondFactor(Set.of(SecondFactor.Use.ADMINISTRATORS), List.of(word), Set.of());
        IdentityProvider provider = add();
        store.write(tx -> tx.users()
                .add(domain.id(), provider.identity("subject-of-carol"), "carol", "Carol", Role.ADMIN, false));
        Finished.OnceMore more = assertInstanceOf(Finished.OnceMore.class, signIn(idp -> {}));
        Begun.GoThere go = assertInstanceOf(Begun.GoThere.class, more.begun());
        Sent second = new Sent(go, go.there().toString());
        assertTrue(
                second.request()
                        .contains("<samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef>" + word
                                + "</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"),
                second.request());

        FakeIdp without = idp(second);
        without.says.put("assertion", "_second");
        assertInstanceOf(Finished.Refused.class, come(second, receive(second, without)));

        Sent third = leave("corp", true);
        FakeIdp with = idp(third);
        with.says.put("assertion", "_third");
        with.says.put("context", word);
        assertInstanceOf(Finished.In.class, come(third, receive(third, with)));
    }

    @Test
    void secondFactorInTheWordsOfMicrosoft() {
        secondFactor = new SecondFactor(
                Set.of(SecondFactor.Use.ALWAYS),
                List.of(),
                Set.of("http://schemas.microsoft.com/claims/multipleauthn"));
        add();
        assertInstanceOf(Finished.Refused.class, signIn(idp -> {}));
        assertInstanceOf(
                Finished.In.class,
                signIn(idp -> idp.attributes.put(
                        "http://schemas.microsoft.com/claims/authnmethodsreferences",
                        List.of("urn:password", "http://schemas.microsoft.com/claims/multipleauthn"))));
    }

    @Test
    void sessionEndsWithTheProvidersOwn() {
        add();
        Instant ends = clock.instant().plus(Duration.ofHours(1));
        Finished.In in =
                assertInstanceOf(Finished.In.class, signIn(idp -> idp.says.put("sessionEnd", ends.toString())));
        Session session =
                store.read(tx -> tx.sessions().find(in.signedIn().session())).orElseThrow();
        assertEquals(ends, session.expires());
    }

    @Test
    void wordOfTheProviderIsGoodForATime() {
        add();
        signIn(idp -> {});
        try (GrantWatch watch = new GrantWatch(store, providers, administration.providerGrants())) {
            clock.advance(Duration.ofDays(26));
            watch.runOnce();
            assertTrue(user().isActive());
            signIn(idp -> {});
            clock.advance(Duration.ofDays(26));
            watch.runOnce();
            assertTrue(user().isActive(), "who signs in is vouched for anew");

            clock.advance(Duration.ofDays(8));
            watch.runOnce();
            assertFalse(user().isActive());
            assertTrue(lastAudit().startsWith("put out|allowed|the provider has not vouched anew"), lastAudit());
        }
        assertInstanceOf(Finished.In.class, signIn(idp -> {}));
        assertTrue(user().isActive());
    }

    @Test
    void requestsAreSigned() throws Exception {
        SpKey key = SpKey.create(clock.instant());
        add("corp", given(true), key.secret());
        Sent sent = leave();

        String query = sent.go.there().getRawQuery();
        String signed = query.substring(query.indexOf("SAMLRequest="), query.indexOf("&Signature="));
        assertTrue(signed.endsWith("&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"), signed);
        Signature verify = Signature.getInstance("SHA256withRSA");
        verify.initVerify(key.certificate());
        verify.update(signed.getBytes(StandardCharsets.US_ASCII));
        assertTrue(verify.verify(Base64.getDecoder().decode(SamlForms.parameter(sent.there, "Signature"))));

        String metadata = login.saml().metadata("corp").orElseThrow();
        assertTrue(metadata.contains("AuthnRequestsSigned=\"true\""), metadata);
        assertTrue(
                metadata.contains(
                        Base64.getEncoder().encodeToString(key.certificate().getEncoded())),
                metadata);
        assertFalse(key.toString().contains("="));
    }

    @Test
    void saysOfItselfWhereAnswersGo() {
        add();
        String metadata = login.saml().metadata("corp").orElseThrow();
        for (String part : List.of(
                "entityID=\"https://vpn.example.test/login/metadata/corp\"",
                "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\""
                        + " Location=\"https://vpn.example.test/login/from/corp\"",
                "WantAssertionsSigned=\"true\"",
                "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>")) {
            assertTrue(metadata.contains(part), metadata);
        }
        assertFalse(metadata.contains("KeyDescriptor"), metadata);
        assertTrue(login.saml().metadata("nobody").isEmpty());
    }

    @Test
    void newKeyIsLearntAndTheOldOneForgotten() {
        addDescribed();
        published = List.of(FakeIdp.KEY, FakeIdp.OTHER_KEY);
        assertInstanceOf(Finished.In.class, signIn(idp -> idp.key = FakeIdp.OTHER_KEY));
        assertInstanceOf(Finished.In.class, signIn(idp -> {}), "both are good while they change");

        published = List.of(FakeIdp.OTHER_KEY);
        clock.advance(Duration.ofHours(1));
        Sent sent = leave();
        assertInstanceOf(Received.Refused.class, receive(sent, idp(sent)));
        assertEquals(2, asked.get());

        published = List.of(FakeIdp.KEY);
        assertInstanceOf(Received.Refused.class, receive(sent, idp(sent)), "asked a moment ago");
        assertEquals(2, asked.get());
        clock.advance(SamlConnection.MIN_INTERVAL);
        Sent later = leave();
        FakeIdp idp = idp(later);
        idp.says.put("assertion", "_later");
        assertInstanceOf(Finished.In.class, come(later, receive(later, idp)));
        assertEquals(3, asked.get());
    }

    @Test
    void startsAndGoesOnWhileTheProviderIsDown() {
        addDescribed();
        status = 503;
        assertInstanceOf(Begun.Unavailable.class, login.begin("corp", null, false));
        status = 200;
        clock.advance(Duration.ofSeconds(5));
        assertInstanceOf(Finished.In.class, signIn(idp -> {}));
        status = 503;
        clock.advance(Duration.ofHours(2));
        assertInstanceOf(Finished.In.class, signIn(idp -> {}), "what it said before is good");
    }

    @Test
    void testSaysWhatIsWrong() {
        addDescribed();
        IdentityProvider provider = store.read(tx -> tx.providers().list()).getFirst();
        assertEquals(Optional.empty(), providers.faultOf(provider));
        published = List.of();
        assertTrue(providers.faultOf(provider).orElseThrow().contains("names 0 certificates"));
        status = 404;
        assertTrue(providers.faultOf(provider).orElseThrow().contains("status 404"));
    }

    @Test
    void noCodeAndNoLogoutTokenIsTakenOfIt() {
        add();
        Sent sent = leave();
        OidcLogin.Answer code = new OidcLogin.Answer("pnk-state-" + sent.relayState(), "code", "", "");
        assertInstanceOf(Finished.Refused.class, login.finish("corp", code, Optional.of(sent.go.browser())));
        assertEquals(BackChannel.Heard.REFUSED, login.backChannel().hear("corp", "a.b.c"));
        assertNobodyIsIn();
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new SamlSettings("https://a", "https://b", List.of(), false, nameIds, "", "", "", ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> new SamlSettings("", "https://b", List.of(), false, nameIds, "", "", "", ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> new SamlSettings("ftp://a", "", List.of(), false, nameIds, "", "", "", ""));
        SamlSettings right = given(true);
        assertEquals(right, SamlSettings.of(right.texts()));
    }
}
