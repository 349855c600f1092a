package io.penstock.server.model;

import java.util.Locale;

/** Why a node was not let in. The text is for whoever sits at the node, and says nothing that a guesser could use. */
public enum Refusal {
    NODE_KEY_OF_ANOTHER_MACHINE("this node key belongs to another machine; log out and in again"),
    NODE_KEY_OF_ANOTHER_DOMAIN("this node is in another domain; log out first"),
    EXPIRY_CANNOT_BE_CHOSEN("the expiry of a key is not the node's choice"),
    AUTH_KEY_UNKNOWN("this auth key is not valid"),
    AUTH_KEY_REVOKED("this auth key was revoked"),
    AUTH_KEY_EXPIRED("this auth key has expired"),
    AUTH_KEY_USED("this auth key was for one use and is used up"),
    OWNER_DISABLED("the user is disabled"),
    TAGS_NOT_ALLOWED("the policy does not let this user use these tags"),
    TAGS_NOT_OF_KEY("this auth key gives other tags than these; leave them out, or use a key that has them"),
    NO_ADDRESS_LEFT("the domain has no free address"),
    LOGIN_DENIED("this device was turned away"),
    TOO_MANY_REQUESTS("too many devices wait for their login; try again in a few minutes");

    private final String text;

    Refusal(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }

    /** As it stands in a metric. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
