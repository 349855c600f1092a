package io.penstock.server.login;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.id.Subject;
import com.nimbusds.openid.connect.sdk.claims.LogoutTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.SessionID;
import io.penstock.server.admin.ProviderGrants;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * A provider's word that sessions there have ended, which end here too (OpenID Connect Back-Channel Logout 1.0): a token that is signed
 * like those by which people sign in, young, and given once. Thread-safe; waits for the provider's keys, for a bounded time.
 */
public final class BackChannel {
    /** Where providers tell us; the provider's name follows. */
    public static final String PATH = "/login/out/";

    /** Longer than a word is taken for, wherever the clocks are. */
    private static final Duration REMEMBERED = Tokens.MAX_LOGOUT_AGE.plusSeconds(2 * Tokens.MAX_CLOCK_SKEW_S);

    private static final int MAX_WAITING = 2;
    private static final int MAX_TOKEN_LENGTH = 16 * 1024;
    private static final System.Logger LOG = System.getLogger(BackChannel.class.getName());

    private final Store store;
    private final Providers providers;
    private final ProviderGrants grants;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);

    /** Over what it does not own. */
    public BackChannel(Store store, Providers providers, ProviderGrants grants) {
        this.store = store;
        this.providers = providers;
        this.grants = grants;
    }

    /** What came of it. */
    public enum Heard {
        DONE,
        /** It is not a provider's word, or not a new one. */
        REFUSED,
        /** Its keys cannot be had at the moment, or too many speak at once. */
        UNAVAILABLE
    }

    /** Takes a provider's word. */
    public Heard hear(String providerName, String logoutToken) {
        Optional<IdentityProvider> found =
                store.read(tx -> tx.providers().find(providerName)).filter(provider -> provider.saml() == null);
        if (found.isEmpty() || logoutToken.isEmpty() || logoutToken.length() > MAX_TOKEN_LENGTH) {
            return Heard.REFUSED;
        }
        if (!waiting.tryAcquire()) {
            return Heard.UNAVAILABLE;
        }
        try {
            return judged(found.get(), logoutToken);
        } finally {
            waiting.release();
        }
    }

    private Heard judged(IdentityProvider provider, String text) {
        try {
            JWT token = JWTParser.parse(text);
            LogoutTokenClaimsSet claims = providers.open(provider).tokens().logoutToken(token);
            Subject subject = claims.getSubject();
            SessionID sid = claims.getSessionID();
            ProviderGrants.LoggedOut done = grants.logOut(
                    provider,
                    sha256(claims.getJWTID().getValue()),
                    REMEMBERED,
                    subject == null ? null : subject.getValue(),
                    sid == null ? null : sid.getValue());
            return switch (done) {
                case DONE -> Heard.DONE;
                case REPLAYED -> throw new RefusedException("the logout token was given before");
                case UNKNOWN -> Heard.REFUSED;
            };
        } catch (ParseException e) {
            LOG.log(Level.WARNING, "provider {0}: a logout token that is none", provider.name());
            return Heard.REFUSED;
        } catch (RefusedException e) {
            LOG.log(Level.WARNING, "provider {0}: {1}", provider.name(), e.getMessage());
            return Heard.REFUSED;
        } catch (IOException e) {
            LOG.log(Level.WARNING, "provider {0} cannot be used: {1}", provider.name(), e.getMessage());
            return Heard.UNAVAILABLE;
        }
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
