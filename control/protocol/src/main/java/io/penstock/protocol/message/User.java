package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The owner of a node, as a registration's answer names it.
 */
public record User(
        @JsonProperty("ID") @JsonInclude(JsonInclude.Include.ALWAYS)
        long id,

        @JsonProperty("DisplayName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String displayName,

        @JsonProperty("ProfilePicURL") String profilePicUrl,

        @JsonProperty("Created") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant created) {
    public User {
        displayName = Zero.text(displayName);
        profilePicUrl = Zero.text(profilePicUrl);
    }

    /** Nobody. */
    static final User ZERO = new User(0, "", "", null);
}
