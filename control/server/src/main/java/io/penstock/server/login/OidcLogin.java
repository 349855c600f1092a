package io.penstock.server.login;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCClaimsRequest;
import com.nimbusds.openid.connect.sdk.claims.ClaimRequirement;
import com.nimbusds.openid.connect.sdk.claims.ClaimsSetRequest;
import io.penstock.server.admin.Administration;
import io.penstock.server.admin.ProviderSignIn;
import io.penstock.server.admin.SignIn.SignedIn;
import io.penstock.server.admin.Vouched;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.ProviderLogin;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.store.ProviderLoginTable;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Signing in by a provider: a browser is sent there and comes back with a code (OpenID Connect, code flow with PKCE by S256), or with an
 * answer of SAML ({@link SamlLogin}). What
 * belongs to the way is kept in the store, under the hash of a state that the provider gives back and of a secret that only this
 * browser has, and is taken once. Each provider has an address of its own to come back to, so that no answer of one passes for
 * another's (RFC 9700, section 4.4). Thread-safe; {@link #begin} and {@link #finish} wait for the provider, for a bounded time.
 */
public final class OidcLogin {
    /** Where browsers come back to; the provider's name follows. */
    public static final String CALLBACK_PATH = "/login/from/";

    /** More wait for no provider at a time, so that a slow one does not take every thread. */
    private static final int MAX_WAITING = 4;

    private static final System.Logger LOG = System.getLogger(OidcLogin.class.getName());
    private static final int SECRET_BYTES = 32;
    private static final int MAX_CODE_LENGTH = 4096;
    private static final Pattern ERROR_CODE = Pattern.compile("[a-z_]{1,60}");

    private final Store store;
    private final Providers providers;
    private final ProviderSignIn signIn;
    private final URI publicUrl;
    private final InstantSource clock;
    private final Entropy entropy;
    private final BackChannel backChannel;
    private final SamlLogin saml;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);

    /**
     * Sign-in over what it does not own.
     *
     * @param publicUrl how browsers call the coordinator
     * @param entropy thread-safe
     */
    public OidcLogin(
            Store store,
            Providers providers,
            Administration administration,
            URI publicUrl,
            InstantSource clock,
            Entropy entropy) {
        this.store = store;
        this.providers = providers;
        signIn = administration.providerSignIn();
        backChannel = new BackChannel(store, providers, administration.providerGrants());
        saml = new SamlLogin(store, providers, signIn, publicUrl, clock);
        this.publicUrl = publicUrl;
        this.clock = clock;
        this.entropy = entropy;
    }

    /** What came of sending a browser off. */
    public sealed interface Begun {
        /**
         * It goes there.
         *
         * @param browser what only this browser has to keep until it comes back
         */
        record GoThere(URI there, String label, Token browser) implements Begun {
            /** Shows no secret. */
            @Override
            public String toString() {
                return "GoThere";
            }
        }

        /** There is no such provider. */
        record Unknown() implements Begun {}

        /** The provider, or we, cannot at the moment. */
        record Unavailable(String label) implements Begun {}
    }

    /** What came of a browser that came back. */
    public sealed interface Finished {
        /**
         * Somebody is in.
         *
         * @param device the link that they came for, null if for none
         */
        record In(SignedIn signedIn, @Nullable Token device) implements Finished {}

        /** Once more to the provider, for the second factor that it has not asked for. */
        record OnceMore(Begun begun, @Nullable Token device) implements Finished {}

        /** Nobody has sent this browser off, or not lately, or it was here before. */
        record Stale() implements Finished {}

        /**
         * They do not get in.
         *
         * @param reason for people; says nothing of what was wrong with a token, which is in the audit log
         */
        record Refused(String reason, @Nullable Token device) implements Finished {}

        /** The provider, or we, cannot at the moment. */
        record Unavailable(String label, @Nullable Token device) implements Finished {}
    }

    /** A way to sign in, as people choose it. */
    public record Choice(String name, String label) {}

    public List<Choice> choices() {
        return store.read(tx -> tx.providers().list()).stream()
                .map(provider -> new Choice(provider.name(), provider.label()))
                .toList();
    }

    /** Where providers say that sessions have ended. */
    public BackChannel backChannel() {
        return backChannel;
    }

    /** Where providers of SAML answer. */
    public SamlLogin saml() {
        return saml;
    }

    /** Where a provider sends browsers back to: exactly this is registered there. */
    public URI callback(String providerName) {
        return under(publicUrl, CALLBACK_PATH + providerName);
    }

    /** An address of ours as browsers call it. */
    static URI under(URI publicUrl, String path) {
        String base = publicUrl.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    /**
     * Sends a browser off.
     *
     * @param device the link that it came for, null if for none
     * @param secondFactor whether to ask for one, also where it is not demanded always
     */
    public Begun begin(String providerName, @Nullable Token device, boolean secondFactor) {
        Optional<IdentityProvider> found = store.read(tx -> tx.providers().find(providerName));
        if (found.isEmpty()) {
            return new Begun.Unknown();
        }
        IdentityProvider provider = found.get();
        Token state = Token.create(TokenKind.STATE, entropy);
        Token browser = Token.create(TokenKind.BROWSER, entropy);
        boolean asksFactor = secondFactor || provider.secondFactor().uses().contains(SecondFactor.Use.ALWAYS);
        ProviderLogin login = new ProviderLogin(provider.id(), random(), random(), device, asksFactor, clock.instant());
        URI there;
        try {
            there = whileOpening(() -> request(provider, state, login));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "provider {0} cannot be used: {1}", provider.name(), e.getMessage());
            return new Begun.Unavailable(provider.label());
        }
        if (!store.write(tx -> tx.providerLogins().add(state, browser, login))) {
            LOG.log(Level.WARNING, "too many browsers are on the way to a provider");
            return new Begun.Unavailable(provider.label());
        }
        return new Begun.GoThere(there, provider.label(), browser);
    }

    private URI request(IdentityProvider provider, Token state, ProviderLogin login) throws IOException {
        if (provider.saml() != null) {
            return saml.request(provider, provider.saml(), state, login);
        }
        Metadata metadata = providers.open(provider).metadata();
        AuthorizationRequest request = provider.oauth2() == null
                ? oidcRequest(provider, metadata, state, login, login.secondFactor())
                : oauth2Request(provider, metadata, state, login);
        return request.toURI();
    }

    private AuthorizationRequest oauth2Request(
            IdentityProvider provider, Metadata metadata, Token state, ProviderLogin login) {
        return new AuthorizationRequest.Builder(ResponseType.CODE, new ClientID(provider.clientId()))
                .scope(provider.scopes().isEmpty() ? null : scope(provider, metadata))
                .redirectionURI(callback(provider.name()))
                .endpointURI(metadata.authorization())
                .state(new State(state.reveal()))
                .codeChallenge(new CodeVerifier(login.verifier()), CodeChallengeMethod.S256)
                .build();
    }

    private AuthorizationRequest oidcRequest(
            IdentityProvider provider, Metadata metadata, Token state, ProviderLogin login, boolean asksFactor) {
        AuthenticationRequest.Builder request = new AuthenticationRequest.Builder(
                        ResponseType.CODE,
                        scope(provider, metadata),
                        new ClientID(provider.clientId()),
                        callback(provider.name()))
                .endpointURI(metadata.authorization())
                .state(new State(state.reveal()))
                .nonce(new Nonce(login.nonce()))
                .codeChallenge(new CodeVerifier(login.verifier()), CodeChallengeMethod.S256);
        List<String> acr = provider.secondFactor().acr();
        if (asksFactor && !acr.isEmpty()) {
            request.claims(new OIDCClaimsRequest()
                    .withIDTokenClaimsRequest(new ClaimsSetRequest()
                            .add(new ClaimsSetRequest.Entry("acr")
                                    .withClaimRequirement(ClaimRequirement.ESSENTIAL)
                                    .withValues(acr))));
        }
        return request.build();
    }

    /** A refresh token outlives the browser's session at the provider if it is asked for so, where that is known. */
    private static Scope scope(IdentityProvider provider, Metadata metadata) {
        return new Scope(provider.scopes().stream()
                .filter(scope -> !scope.equals(IdentityProvider.OFFLINE) || metadata.offersOfflineAccess())
                .toArray(String[]::new));
    }

    private String random() {
        byte[] bytes = new byte[SECRET_BYTES];
        entropy.fill(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** What the provider sends along; each is empty text if it is not there. */
    public record Answer(String state, String code, String error, String issuer) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "Answer";
        }
    }

    /**
     * Takes a browser that came back.
     *
     * @param browser what it kept, if anything
     */
    public Finished finish(String providerName, Answer answer, Optional<Token> browser) {
        Optional<Token> state = Token.parse(TokenKind.STATE, answer.state());
        Optional<ProviderLogin> taken = state.isEmpty() || browser.isEmpty()
                ? Optional.empty()
                : store.write(tx -> tx.providerLogins().take(state.get(), browser.get()));
        Optional<IdentityProvider> sentTo =
                taken.flatMap(login -> store.read(tx -> tx.providers().find(login.providerId())));
        if (taken.isEmpty() || sentTo.isEmpty()) {
            return new Finished.Stale();
        }
        IdentityProvider provider = sentTo.get();
        Token device = taken.get().device();
        try {
            return decide(provider, taken.get(), patiently(() -> vouched(provider, providerName, answer, taken.get())));
        } catch (RefusedException | Exchange.GrantRefusedException e) {
            String reason = String.valueOf(e.getMessage());
            LOG.log(Level.WARNING, "provider {0}: {1}", provider.name(), reason);
            signIn.noteRefusal(provider, reason);
            return new Finished.Refused(
                    isNo(answer)
                            ? "you were not signed in there"
                            : "its answer is not to be believed; the coordinator's log says why",
                    device);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "provider {0} cannot be used: {1}", provider.name(), e.getMessage());
            return new Finished.Unavailable(provider.label(), device);
        }
    }

    /**
     * Takes a browser that comes for what a provider of SAML has answered.
     *
     * @param browser what it kept, if anything
     */
    public Finished finishAnswered(Token state, Optional<Token> browser) {
        Optional<ProviderLoginTable.Answered> taken = browser.isEmpty()
                ? Optional.empty()
                : store.write(tx -> tx.providerLogins().takeAnswered(state, browser.get()));
        Optional<IdentityProvider> sentTo = taken.flatMap(
                found -> store.read(tx -> tx.providers().find(found.login().providerId())));
        if (taken.isEmpty() || sentTo.isEmpty()) {
            return new Finished.Stale();
        }
        return decide(
                sentTo.get(), taken.get().login(), KeptAnswer.parse(taken.get().answer()));
    }

    private Finished decide(IdentityProvider provider, ProviderLogin login, Vouched vouched) {
        Token device = login.device();
        return switch (signIn.signIn(provider, vouched)) {
            case ProviderSignIn.Result.In in -> new Finished.In(in.signedIn(), device);
            case ProviderSignIn.Result.Denied denied -> new Finished.Refused(denied.reason(), device);
            case ProviderSignIn.Result.FactorNeeded needed ->
                login.secondFactor()
                        ? new Finished.Refused("a second factor is needed here, and there was none", device)
                        : new Finished.OnceMore(begin(provider.name(), device, true), device);
        };
    }

    private static boolean isNo(Answer answer) {
        return !answer.error().isEmpty();
    }

    private Vouched vouched(IdentityProvider provider, String cameFrom, Answer answer, ProviderLogin login)
            throws IOException, RefusedException, Exchange.GrantRefusedException {
        if (!provider.name().equals(cameFrom)) {
            throw new RefusedException("a browser that was sent to it came back from " + cameFrom);
        }
        if (provider.saml() != null) {
            throw new RefusedException("a provider of SAML gives no code");
        }
        Connection.Open open = providers.open(provider);
        boolean namesIssuer = !answer.issuer().isEmpty();
        if (namesIssuer
                ? !answer.issuer().equals(provider.issuer())
                : open.metadata().namesIssuer()) {
            throw new RefusedException("the answer is of another issuer, or does not say of which");
        }
        if (isNo(answer)) {
            throw new RefusedException("it answers with the error "
                    + (ERROR_CODE.matcher(answer.error()).matches() ? answer.error() : "that is none"));
        }
        if (answer.code().isEmpty() || answer.code().length() > MAX_CODE_LENGTH) {
            throw new RefusedException("there is no code in the answer");
        }
        String secret = store.read(tx -> tx.providers().secret(provider));
        return new Exchange(open, secret)
                .exchange(
                        new AuthorizationCodeGrant(
                                new AuthorizationCode(answer.code()),
                                callback(provider.name()),
                                new CodeVerifier(login.verifier())),
                        new Nonce(login.nonce()));
    }

    /** Work that waits for a provider. */
    private interface Waiting<T> {
        T run() throws IOException, RefusedException, Exchange.GrantRefusedException;
    }

    private interface Opening<T> {
        T run() throws IOException;
    }

    private <T> T whileOpening(Opening<T> work) throws IOException {
        requireRoom();
        try {
            return work.run();
        } finally {
            waiting.release();
        }
    }

    private <T> T patiently(Waiting<T> work) throws IOException, RefusedException, Exchange.GrantRefusedException {
        requireRoom();
        try {
            return work.run();
        } finally {
            waiting.release();
        }
    }

    private void requireRoom() throws IOException {
        if (!waiting.tryAcquire()) {
            throw new IOException("too many requests wait for providers");
        }
    }
}
