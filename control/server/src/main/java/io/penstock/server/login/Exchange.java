package io.penstock.server.login;

import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.UserInfo;
import io.penstock.server.admin.Vouched;
import io.penstock.server.model.OAuth2Endpoints;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Turns a grant into what the provider vouches for, at its token endpoint. Thread-safe; waits for the provider. */
record Exchange(Connection.Open open, String secret) {
    /** The provider does not honour the grant, and says so. */
    static final class GrantRefusedException extends Exception {
        private static final long serialVersionUID = 1;

        final String code;

        GrantRefusedException(ErrorObject error) {
            super("the provider refuses: " + error.getCode());
            code = String.valueOf(error.getCode());
        }
    }

    /**
     * Exchanges a grant.
     *
     * @param nonce that the token has to name
     * @throws IOException if the provider does not answer, or not as it has to
     * @throws RefusedException if what it says is not to be believed
     */
    Vouched exchange(AuthorizationGrant grant, Nonce nonce)
            throws IOException, RefusedException, GrantRefusedException {
        AccessTokenResponse answer = ask(grant);
        if (open.provider().oauth2() != null) {
            return byUserInfo(open.provider().oauth2(), answer);
        }
        JWT token = idToken(answer);
        if (token == null) {
            throw new RefusedException("there is no ID token in the provider's answer");
        }
        AccessToken access = answer.getTokens().getAccessToken();
        IDTokenClaimsSet claims = open.tokens().idToken(token, nonce, access);
        return Claims.vouched(
                open.provider(),
                claims,
                userInfo(claims, access),
                answer.getTokens().getRefreshToken());
    }

    private static @Nullable JWT idToken(AccessTokenResponse answer) {
        return answer instanceof OIDCTokenResponse withToken
                ? withToken.getOIDCTokens().getIDToken()
                : null;
    }

    /**
     * Asks whether the provider still vouches. The answer may leave out the ID token (OpenID Connect Core 1.0, section 12.2); what is
     * known of somebody then is what the user info says, if anything.
     *
     * @param subject for whom
     * @throws IOException if the provider does not answer, or not as it has to
     * @throws RefusedException if what it says is not to be believed
     */
    Vouched refresh(String refreshToken, String subject) throws IOException, RefusedException, GrantRefusedException {
        AccessTokenResponse answer = ask(new RefreshTokenGrant(new RefreshToken(refreshToken)));
        if (open.provider().oauth2() != null) {
            Vouched again = byUserInfo(open.provider().oauth2(), answer);
            requireSubject(subject, again.subject());
            return again;
        }
        AccessToken access = answer.getTokens().getAccessToken();
        RefreshToken next = answer.getTokens().getRefreshToken();
        JWT token = idToken(answer);
        IDTokenClaimsSet claims = token == null ? null : open.tokens().idToken(token, null, access);
        if (claims != null) {
            requireSubject(subject, claims.getSubject().getValue());
            return Claims.vouched(open.provider(), claims, userInfo(claims, access), next);
        }
        URI endpoint = open.metadata().userInfo();
        UserInfo info = endpoint == null ? null : userInfo(endpoint, access);
        if (info != null) {
            requireSubject(subject, info.getSubject().getValue());
        }
        return Claims.vouchedAgain(open.provider(), subject, info, next);
    }

    /** What a provider without OpenID Connect says of whoever has the access token that came over TLS from itself. */
    private Vouched byUserInfo(OAuth2Endpoints endpoints, AccessTokenResponse answer)
            throws IOException, RefusedException {
        URI place = URI.create(endpoints.userInfo());
        HTTPResponse response =
                open.http().send(new UserInfoRequest(place, answer.getTokens().getBearerAccessToken()).toHTTPRequest());
        if (response.getStatusCode() != 200) {
            throw new IOException("the provider's user info answers with status " + response.getStatusCode());
        }
        try {
            return Claims.vouched(
                    open.provider(),
                    endpoints,
                    JSONObjectUtils.parse(response.getBody()),
                    answer.getTokens().getRefreshToken());
        } catch (ParseException e) {
            throw new RefusedException("the user info is no JSON object: " + e.getMessage(), e);
        }
    }

    private static void requireSubject(String asked, String said) throws RefusedException {
        if (!said.equals(asked)) {
            throw new RefusedException("the provider answers for another subject than it was asked for");
        }
    }

    private AccessTokenResponse ask(AuthorizationGrant grant)
            throws IOException, RefusedException, GrantRefusedException {
        URI endpoint = open.metadata().token();
        ClientID client = new ClientID(open.provider().clientId());
        TokenRequest request;
        if (secret.isEmpty()) {
            request = new TokenRequest.Builder(endpoint, client, grant).build();
        } else {
            ClientAuthentication proof = open.metadata().takesSecretInBody()
                    ? new ClientSecretPost(client, new Secret(secret))
                    : new ClientSecretBasic(client, new Secret(secret));
            request = new TokenRequest.Builder(endpoint, proof, grant).build();
        }
        HTTPResponse response = open.http().send(request.toHTTPRequest());
        if (response.getStatusCode() >= 500) {
            throw new IOException("the provider's token endpoint answers with status " + response.getStatusCode());
        }
        try {
            TokenResponse answer = OIDCTokenResponseParser.parse(response);
            if (!answer.indicatesSuccess()) {
                throw new GrantRefusedException(answer.toErrorResponse().getErrorObject());
            }
            return answer.toSuccessResponse();
        } catch (ParseException e) {
            throw new RefusedException("the provider's answer is not one of a token endpoint: " + e.getMessage(), e);
        }
    }

    /** What the token leaves out; null if it leaves nothing out or there is nobody to ask. */
    private @Nullable UserInfo userInfo(IDTokenClaimsSet claims, AccessToken access)
            throws IOException, RefusedException {
        URI endpoint = open.metadata().userInfo();
        if (endpoint == null || !Claims.areIncomplete(open.provider(), claims)) {
            return null;
        }
        UserInfo info = userInfo(endpoint, access);
        if (!info.getSubject().equals(claims.getSubject())) {
            throw new RefusedException("the user info is of another subject than the token");
        }
        return info;
    }

    private UserInfo userInfo(URI endpoint, AccessToken access) throws IOException, RefusedException {
        try {
            UserInfoResponse answer =
                    UserInfoResponse.parse(open.http().send(new UserInfoRequest(endpoint, access).toHTTPRequest()));
            if (!answer.indicatesSuccess()) {
                throw new IOException("the provider refuses its user info: "
                        + answer.toErrorResponse().getErrorObject());
            }
            UserInfo info = answer.toSuccessResponse().getUserInfo();
            if (info == null) {
                throw new RefusedException("the user info is signed or encrypted, which is not read here");
            }
            return info;
        } catch (ParseException e) {
            throw new RefusedException("the user info cannot be read: " + e.getMessage(), e);
        }
    }
}
