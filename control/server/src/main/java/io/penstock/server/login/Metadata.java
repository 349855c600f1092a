package io.penstock.server.login;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.OAuth2Endpoints;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says of itself (OpenID Connect Discovery 1.0), as far as we use it, or what the operator says of one that does not.
 * Immutable.
 *
 * @param keys by which it signs; null for one that vouches by no token
 * @param userInfo null if there is none
 * @param namesIssuer whether each answer names the issuer (RFC 9207)
 * @param takesSecretInBody whether the client's secret goes into the form, since the header is not taken
 */
record Metadata(
        URI authorization,
        URI token,
        @Nullable URI keys,
        @Nullable URI userInfo,
        boolean namesIssuer,
        boolean takesSecretInBody,
        boolean offersOfflineAccess) {

    /**
     * Asks the provider.
     *
     * @throws IOException if it does not answer, or not for this issuer
     */
    static Metadata fetch(IdentityProvider provider, ProviderHttp http) throws IOException {
        OAuth2Endpoints given = provider.oauth2();
        if (given != null) {
            return new Metadata(
                    URI.create(given.authorization()),
                    URI.create(given.token()),
                    null,
                    URI.create(given.userInfo()),
                    false,
                    false,
                    provider.scopes().contains(IdentityProvider.OFFLINE));
        }
        String issuer = provider.issuer();
        URI document = URI.create((issuer.endsWith("/") ? issuer : issuer + "/") + ".well-known/openid-configuration");
        String json = http.get(document);
        try {
            return of(provider, OIDCProviderMetadata.parse(json));
        } catch (ParseException e) {
            throw new IOException(document + " is no description of a provider: " + e.getMessage(), e);
        }
    }

    private static Metadata of(IdentityProvider provider, OIDCProviderMetadata said) throws IOException {
        String issuer = said.getIssuer().getValue();
        if (!issuer.equals(provider.issuer())) {
            throw new IOException("the provider calls itself " + issuer + ", not " + provider.issuer());
        }
        List<ClientAuthenticationMethod> methods = said.getTokenEndpointAuthMethods();
        URI userInfo = said.getUserInfoEndpointURI();
        return new Metadata(
                endpoint(provider, "authorization_endpoint", said.getAuthorizationEndpointURI()),
                endpoint(provider, "token_endpoint", said.getTokenEndpointURI()),
                endpoint(provider, "jwks_uri", said.getJWKSetURI()),
                userInfo == null ? null : endpoint(provider, "userinfo_endpoint", userInfo),
                said.supportsAuthorizationResponseIssuerParam(),
                methods != null
                        && !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                        && methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST),
                said.getScopes() != null && said.getScopes().contains(IdentityProvider.OFFLINE));
    }

    private static URI endpoint(IdentityProvider provider, String name, @Nullable URI uri) throws IOException {
        boolean isTls = uri != null && "https".equalsIgnoreCase(uri.getScheme());
        boolean isPlain = uri != null && "http".equalsIgnoreCase(uri.getScheme());
        if (uri == null || uri.getHost() == null || !(isTls || (isPlain && provider.localAddresses()))) {
            throw new IOException("the provider's " + name + " is missing or is not https: " + uri);
        }
        return uri;
    }
}
