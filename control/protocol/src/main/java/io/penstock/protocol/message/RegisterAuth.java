package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What a node shows to be let in. Its text form hides the key.
 *
 * @param authKey a pre-auth key, or empty
 */
public record RegisterAuth(@JsonProperty("AuthKey") String authKey) {
    public RegisterAuth {
        authKey = Zero.text(authKey);
    }

    @Override
    public String toString() {
        return authKey.isEmpty() ? "RegisterAuth[]" : "RegisterAuth[authKey=hidden]";
    }
}
