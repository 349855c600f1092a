package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A user's login at an identity provider, as a registration's answer names it.
 */
public record Login(
        @JsonProperty("ID") @JsonInclude(JsonInclude.Include.ALWAYS)
        long id,

        @JsonProperty("Provider") @JsonInclude(JsonInclude.Include.ALWAYS)
        String provider,

        @JsonProperty("LoginName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String loginName,

        @JsonProperty("DisplayName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String displayName,

        @JsonProperty("ProfilePicURL") String profilePicUrl) {
    public Login {
        provider = Zero.text(provider);
        loginName = Zero.text(loginName);
        displayName = Zero.text(displayName);
        profilePicUrl = Zero.text(profilePicUrl);
    }

    /** None. */
    static final Login ZERO = new Login(0, "", "", "", "");
}
