package io.penstock.server.login;

import io.penstock.server.admin.ProviderSignIn;
import io.penstock.server.admin.Vouched;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.ProviderLogin;
import io.penstock.server.model.SamlSettings;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.saml.Assertion;
import io.penstock.server.saml.AuthnRequest;
import io.penstock.server.saml.IdpMetadata;
import io.penstock.server.saml.SamlException;
import io.penstock.server.saml.SamlResponse;
import io.penstock.server.saml.SpKey;
import io.penstock.server.saml.SpMetadata;
import io.penstock.server.store.ProviderLoginTable;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Signing in by a provider of SAML 2.0. A browser is sent there with a request, and brings the answer in a form that the provider's page sends,
 * with which browsers send no cookie of ours: it is judged then, for the request that it answers, and kept. The browser that was sent off
 * comes for it with its cookie right after, and nobody else gets it. Thread-safe; waits for the provider's description, for a
 * bounded time.
 */
public final class SamlLogin {
    /** Where a provider reads what we say of ourselves; its name follows. */
    public static final String METADATA_PATH = "/login/metadata/";

    private static final int MAX_WAITING = 2;
    private static final System.Logger LOG = System.getLogger(SamlLogin.class.getName());

    private final Store store;
    private final Providers providers;
    private final ProviderSignIn signIn;
    private final URI publicUrl;
    private final InstantSource clock;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);

    SamlLogin(Store store, Providers providers, ProviderSignIn signIn, URI publicUrl, InstantSource clock) {
        this.store = store;
        this.providers = providers;
        this.signIn = signIn;
        this.publicUrl = publicUrl;
        this.clock = clock;
    }

    private String answerUrl(IdentityProvider provider) {
        return OidcLogin.under(publicUrl, OidcLogin.CALLBACK_PATH + provider.name())
                .toString();
    }

    /** What the provider calls us. */
    private String entityId(IdentityProvider provider) {
        return provider.clientId().isEmpty()
                ? OidcLogin.under(publicUrl, METADATA_PATH + provider.name()).toString()
                : provider.clientId();
    }

    private @Nullable SpKey key(IdentityProvider provider, SamlSettings settings) {
        return settings.signsRequests()
                ? SpKey.parse(store.read(tx -> tx.providers().secret(provider)))
                : null;
    }

    /** What we say of ourselves to a provider; empty if there is no such one of SAML. */
    public Optional<String> metadata(String providerName) {
        return store.read(tx -> tx.providers().find(providerName)).flatMap(provider -> {
            SamlSettings settings = provider.saml();
            return settings == null
                    ? Optional.empty()
                    : Optional.of(new SpMetadata(
                                    entityId(provider),
                                    answerUrl(provider),
                                    settings.nameIds().format(),
                                    key(provider, settings))
                            .document());
        });
    }

    /**
     * The address of a request.
     *
     * @throws IOException if the provider's description cannot be had
     */
    URI request(IdentityProvider provider, SamlSettings settings, Token state, ProviderLogin login) throws IOException {
        IdpMetadata described = providers.saml(provider, settings).open();
        List<String> contexts = login.secondFactor() ? provider.secondFactor().acr() : List.of();
        return new AuthnRequest(
                        requestId(login),
                        clock.instant(),
                        described.signOnUrl(),
                        answerUrl(provider),
                        entityId(provider),
                        settings.nameIds().format(),
                        contexts)
                .toUri(relayState(state), key(provider, settings));
    }

    private static String requestId(ProviderLogin login) {
        return "_" + login.nonce(); // an identifier of XML begins with no digit
    }

    /** The state without what it begins with: at most 80 characters come back (bindings, section 3.4.3). */
    private static String relayState(Token state) {
        return state.reveal().substring((TokenKind.STATE.text() + "-").length());
    }

    /** What came of an answer. */
    public sealed interface Received {
        /** It is right, and kept for the browser that was sent off. */
        record Kept(Token state) implements Received {}

        /** Nobody awaits it: nobody was sent off, or not lately, or it was here before. */
        record Stale() implements Received {}

        /**
         * It is not believed.
         *
         * @param reason for people; says nothing of what is wrong with it, which is in the audit log
         */
        record Refused(String reason) implements Received {}

        /** The provider, or we, cannot at the moment. */
        record Unavailable(String label) implements Received {}
    }

    /**
     * Takes an answer, from whoever brings it.
     *
     * @param answer as it stands in the form
     * @param relayState what we have sent along with the request
     */
    public Received receive(String providerName, String answer, String relayState) {
        Optional<Token> state = Token.parse(TokenKind.STATE, TokenKind.STATE.text() + "-" + relayState);
        Optional<ProviderLogin> awaiting =
                state.flatMap(known -> store.read(tx -> tx.providerLogins().awaiting(known)));
        Optional<IdentityProvider> sentTo =
                awaiting.flatMap(login -> store.read(tx -> tx.providers().find(login.providerId())));
        SamlSettings settings = sentTo.map(IdentityProvider::saml).orElse(null);
        if (state.isEmpty() || awaiting.isEmpty() || sentTo.isEmpty() || settings == null) {
            return new Received.Stale();
        }
        IdentityProvider provider = sentTo.get();
        if (!waiting.tryAcquire()) {
            return new Received.Unavailable(provider.label());
        }
        try {
            if (!provider.name().equals(providerName)) {
                throw new RefusedException("a browser that was sent to it came back from " + providerName);
            }
            Assertion assertion = judged(provider, settings, answer, awaiting.get());
            return keep(provider, state.get(), assertion, Claims.vouched(provider, settings, assertion));
        } catch (SamlException e) {
            boolean isNo = e.fault() == SamlException.Fault.NOT_SIGNED_IN;
            return refused(provider, state.get(), new RefusedException(String.valueOf(e.getMessage()), e), isNo);
        } catch (RefusedException e) {
            return refused(provider, state.get(), e, false);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "provider {0} cannot be used: {1}", provider.name(), e.getMessage());
            return new Received.Unavailable(provider.label());
        } finally {
            waiting.release();
        }
    }

    private Received refused(IdentityProvider provider, Token state, RefusedException why, boolean isNo) {
        String reason = String.valueOf(why.getMessage());
        LOG.log(Level.WARNING, "provider {0}: {1}", provider.name(), reason);
        store.write(tx -> {
            tx.providerLogins().noteFailure(state);
            return null;
        });
        signIn.noteRefusal(provider, reason);
        return new Received.Refused(
                isNo
                        ? "you were not signed in there"
                        : "its answer is not to be believed; the coordinator's log says why");
    }

    /** A signature by a key that is not known may be by one that the provider has changed to. */
    private Assertion judged(IdentityProvider provider, SamlSettings settings, String answer, ProviderLogin login)
            throws IOException, SamlException {
        byte[] document = SamlResponse.decode(answer);
        SamlResponse.Expected expected = new SamlResponse.Expected(
                provider.issuer(), entityId(provider), answerUrl(provider), requestId(login), provider.algorithms());
        SamlConnection connection = providers.saml(provider, settings);
        IdpMetadata known = connection.open();
        try {
            return SamlResponse.judge(document, known, expected, clock.instant());
        } catch (SamlException e) {
            IdpMetadata anew = e.fault() == SamlException.Fault.UNKNOWN_KEY ? connection.openAnew() : known;
            if (anew.certificates().equals(known.certificates())) {
                throw e;
            }
            return SamlResponse.judge(document, anew, expected, clock.instant());
        }
    }

    /** An assertion counts once. What it answers is taken within the time for which it is remembered, or never. */
    private Received keep(IdentityProvider provider, Token state, Assertion assertion, Vouched vouched)
            throws RefusedException {
        String hash = sha256("assertion " + assertion.id());
        Optional<Boolean> kept = store.write(tx -> {
            boolean isNew = tx.providers().find(provider.id()).isPresent()
                    && tx.providerLogouts().note(provider.id(), hash, tx.now().plus(ProviderLoginTable.LIFETIME));
            return isNew
                    ? Optional.of(tx.providerLogins().answer(state, KeptAnswer.format(vouched)))
                    : Optional.<Boolean>empty();
        });
        if (kept.isEmpty()) {
            throw new RefusedException("the assertion was given before");
        }
        return kept.get() ? new Received.Kept(state) : new Received.Stale();
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }
}
