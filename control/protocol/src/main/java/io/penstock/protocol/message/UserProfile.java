package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What nodes know about a user that owns one of their peers.
 *
 * @param id the {@link Node#user} of its nodes
 */
public record UserProfile(
        @JsonProperty("ID") @JsonInclude(JsonInclude.Include.ALWAYS)
        long id,

        @JsonProperty("LoginName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String loginName,

        @JsonProperty("DisplayName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String displayName,

        @JsonProperty("ProfilePicURL") String profilePicUrl,
        @JsonProperty("Groups") List<String> groups) {
    public UserProfile {
        loginName = Zero.text(loginName);
        displayName = Zero.text(displayName);
        profilePicUrl = Zero.text(profilePicUrl);
        groups = Zero.list(groups);
    }
}
