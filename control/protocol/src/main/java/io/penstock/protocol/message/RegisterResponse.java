package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;

/**
 * The coordinator's answer to a registration.
 *
 * @param nodeKeyExpired the node shall make a new key and register once more
 * @param machineAuthorized the node is admitted
 * @param authUrl where its user has to log in first; empty if that is not needed
 * @param codeUrl our own: where {@code userCode} may be typed in, in the place of opening {@code authUrl}; empty if nowhere. Other programs
 *     do not send it, and do not look at it
 * @param userCode our own: the code; empty if there is none
 * @param error why not, to be shown to the user; empty if all is well
 */
public record RegisterResponse(
        @JsonProperty("User") @JsonInclude(JsonInclude.Include.ALWAYS)
        User user,

        @JsonProperty("Login") @JsonInclude(JsonInclude.Include.ALWAYS)
        Login login,

        @JsonProperty("NodeKeyExpired") @JsonInclude(JsonInclude.Include.ALWAYS)
        boolean nodeKeyExpired,

        @JsonProperty("MachineAuthorized") @JsonInclude(JsonInclude.Include.ALWAYS)
        boolean machineAuthorized,

        @JsonProperty("AuthURL") @JsonInclude(JsonInclude.Include.ALWAYS)
        String authUrl,

        @JsonProperty("PenstockCodeURL") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        String codeUrl,

        @JsonProperty("PenstockUserCode") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        String userCode,

        @JsonProperty("Error") String error) {
    public RegisterResponse {
        user = user == null ? User.ZERO : user;
        login = login == null ? Login.ZERO : login;
        authUrl = Zero.text(authUrl);
        codeUrl = Zero.text(codeUrl);
        userCode = Zero.text(userCode);
        error = Zero.text(error);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.user = user;
        b.login = login;
        b.nodeKeyExpired = nodeKeyExpired;
        b.machineAuthorized = machineAuthorized;
        b.authUrl = authUrl;
        b.codeUrl = codeUrl;
        b.userCode = userCode;
        b.error = error;
        return b;
    }

    /** Most bytes that a node reads. */
    public static final int MAX_BYTES = 1 << 20;

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads the message.
     *
     * @throws MalformedMessageException if it is longer than {@link #MAX_BYTES} or something else
     */
    public static RegisterResponse decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, RegisterResponse.class);
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private User user = User.ZERO;
        private Login login = Login.ZERO;
        private boolean nodeKeyExpired;
        private boolean machineAuthorized;
        private String authUrl = "";
        private String codeUrl = "";
        private String userCode = "";
        private String error = "";

        private Builder() {}

        public Builder user(User value) {
            user = value;
            return this;
        }

        public Builder login(Login value) {
            login = value;
            return this;
        }

        public Builder nodeKeyExpired(boolean value) {
            nodeKeyExpired = value;
            return this;
        }

        public Builder machineAuthorized(boolean value) {
            machineAuthorized = value;
            return this;
        }

        public Builder authUrl(String value) {
            authUrl = value;
            return this;
        }

        public Builder codeUrl(String value) {
            codeUrl = value;
            return this;
        }

        public Builder userCode(String value) {
            userCode = value;
            return this;
        }

        public Builder error(String value) {
            error = value;
            return this;
        }

        public RegisterResponse build() {
            return new RegisterResponse(
                    user, login, nodeKeyExpired, machineAuthorized, authUrl, codeUrl, userCode, error);
        }
    }
}
