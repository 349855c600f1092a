package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** What a caller who waits for the node to run is told meanwhile. {@code kind} tells them apart. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = UpEvent.State.class, name = "state"),
    @JsonSubTypes.Type(value = UpEvent.LoginNeeded.class, name = "login-needed"),
    @JsonSubTypes.Type(value = UpEvent.Trouble.class, name = "trouble"),
})
public sealed interface UpEvent {
    /** The node's state is this one. */
    @Message
    record State(NodeState state) implements UpEvent {}

    /**
     * Somebody has to open this URL; the node goes on by itself then.
     *
     * @param codeUrl where they may type in the code in its place; empty if nowhere
     * @param code empty if there is none
     */
    @Message
    record LoginNeeded(String url, String codeUrl, String code) implements UpEvent {
        public LoginNeeded {
            url = Zero.text(url);
            codeUrl = Zero.text(codeUrl);
            code = Zero.text(code);
        }
    }

    /**
     * Something did not work; it is tried again by itself.
     *
     * @param text for people, with the cure where we know one
     */
    @Message
    record Trouble(String text, long retryInMs) implements UpEvent {
        public Trouble {
            text = Zero.text(text);
        }
    }
}
