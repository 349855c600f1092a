package io.penstock.server.login;

import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.ClientSecretPost;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.UserInfo;
import io.penstock.server.admin.Vouched;
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
        OIDCTokenResponse answer = ask(grant);
        JWT token = answer.getOIDCTokens().getIDToken();
        if (token == null) {
            throw new RefusedException("there is no ID token in the provider's answer");
        }
        AccessToken access = answer.getOIDCTokens().getAccessToken();
        IDTokenClaimsSet claims = open.tokens().idToken(token, nonce, access);
        return Claims.vouched(
                open.provider(),
                claims,
                userInfo(claims, access),
                answer.getOIDCTokens().getRefreshToken());
    }

    private OIDCTokenResponse ask(AuthorizationGrant grant)
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
            if (!(answer.toSuccessResponse() instanceof OIDCTokenResponse tokens)) {
                throw new RefusedException("there is no ID token in the provider's answer");
            }
            return tokens;
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
            if (!info.getSubject().equals(claims.getSubject())) {
                throw new RefusedException("the user info is of another subject than the token");
            }
            return info;
        } catch (ParseException e) {
            throw new RefusedException("the user info cannot be read: " + e.getMessage(), e);
        }
    }
}
