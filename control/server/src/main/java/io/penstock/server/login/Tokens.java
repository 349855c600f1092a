package io.penstock.server.login;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.claims.AccessTokenHash;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.LogoutTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.validators.AccessTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.InvalidHashException;
import com.nimbusds.openid.connect.sdk.validators.LogoutTokenValidator;
import io.penstock.server.model.IdentityProvider;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges the tokens of one provider (OpenID Connect Core 1.0, section 3.1.3.7): signed by one of its keys, by an algorithm that was
 * fixed when it was added, from it, for us, in time. What is encrypted, or not signed, is refused whatever is in it. Thread-safe.
 */
final class Tokens {
    /** How far the clocks of provider and coordinator may differ. */
    static final int MAX_CLOCK_SKEW_S = 60;

    /** Keys are asked for again after that, or at once for a signature by a key that is not known: see the next. */
    private static final long KEYS_LIFETIME_MS = 10 * 60_000L;

    /** So often at most, two at a time, whatever keys tokens name. */
    static final long MIN_KEYS_INTERVAL_MS = 60_000;

    /** While the provider does not answer, its keys of before are good for so long. */
    private static final long OUTAGE_MS = 4 * 3_600_000L;

    /** How old a token may be by which a provider ends sessions. */
    static final Duration MAX_LOGOUT_AGE = Duration.ofMinutes(10);

    private final String clientId;
    private final IDTokenValidator idTokens;
    private final LogoutTokenValidator logoutTokens;

    Tokens(IdentityProvider provider, URI keysUri, ProviderHttp http) throws MalformedURLException {
        JWKSource<SecurityContext> keys = JWKSourceBuilder.create(keysUri.toURL(), http)
                .cache(KEYS_LIFETIME_MS, 2 * ProviderHttp.TIMEOUT.toMillis())
                .refreshAheadCache(false) // it would make threads of its own
                .rateLimited(MIN_KEYS_INTERVAL_MS)
                .outageTolerant(OUTAGE_MS)
                .build();
        JWSVerificationKeySelector<SecurityContext> selector = new JWSVerificationKeySelector<>(
                provider.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toSet()), keys);
        clientId = provider.clientId();
        Issuer issuer = new Issuer(provider.issuer());
        ClientID client = new ClientID(provider.clientId());
        idTokens = new IDTokenValidator(issuer, client, selector, null);
        idTokens.setMaxClockSkew(MAX_CLOCK_SKEW_S);
        logoutTokens = new LogoutTokenValidator(issuer, client, false, selector, null);
    }

    /**
     * Judges a token that says who has signed in.
     *
     * @param nonce that it has to name; null for one that comes by a refresh
     * @param accessToken that came with it
     */
    IDTokenClaimsSet idToken(JWT token, @Nullable Nonce nonce, AccessToken accessToken) throws RefusedException {
        SignedJWT signed = requireSigned(token);
        try {
            IDTokenClaimsSet claims = idTokens.validate(signed, nonce);
            requireWhatIsLeftOpen(claims);
            AccessTokenHash hash = claims.getAccessTokenHash();
            if (hash != null) {
                AccessTokenValidator.validate(accessToken, signed.getHeader().getAlgorithm(), hash);
            }
            return claims;
        } catch (BadJOSEException | JOSEException | InvalidHashException e) {
            throw new RefusedException("the token is not good: " + e.getMessage(), e);
        }
    }

    /** Nimbus leaves these to us: the authorised party, the time from which on it is good, and that the subject says anything. */
    private void requireWhatIsLeftOpen(IDTokenClaimsSet claims) throws RefusedException {
        Object party = claims.getClaim("azp");
        if (party == null ? claims.getAudience().size() > 1 : !party.equals(clientId)) {
            throw new RefusedException("the token is not good: its azp is " + party + ", not this client");
        }
        Date notBefore = claims.getDateClaim("nbf");
        if (notBefore != null && notBefore.toInstant().isAfter(Instant.now().plusSeconds(MAX_CLOCK_SKEW_S))) {
            throw new RefusedException("the token is not good: it is not good yet");
        }
        if (!(claims.getClaim("sub") instanceof String subject) || subject.isBlank()) {
            throw new RefusedException("the token is not good: its sub is empty");
        }
    }

    /** Judges a token by which the provider ends sessions. Whether it was seen before is not judged here. */
    LogoutTokenClaimsSet logoutToken(JWT token) throws RefusedException {
        SignedJWT signed = requireSigned(token);
        try {
            LogoutTokenClaimsSet claims = logoutTokens.validate(signed);
            Instant issued = claims.getIssueTime().toInstant();
            Instant now = Instant.now();
            if (issued.isBefore(now.minus(MAX_LOGOUT_AGE)) || issued.isAfter(now.plusSeconds(MAX_CLOCK_SKEW_S))) {
                throw new RefusedException("the logout token is not good: it was made at " + issued);
            }
            return claims;
        } catch (BadJOSEException | JOSEException e) {
            throw new RefusedException("the logout token is not good: " + e.getMessage(), e);
        }
    }

    private static SignedJWT requireSigned(JWT token) throws RefusedException {
        if (!(token instanceof SignedJWT signed)) {
            throw new RefusedException("the token is not signed, or is encrypted: "
                    + token.getHeader().getAlgorithm());
        }
        return signed;
    }
}
