package io.penstock.server.model;

/** What a secret that we give out is good for; it is written in front, so that a leaked one is recognised. */
public enum TokenKind {
    /** Admits nodes. */
    PRE_AUTH("pnk-auth"),
    /** Calls the API. */
    API("pnk-api"),
    /** A signed-in browser. */
    SESSION("pnk-session"),
    /** A link that works once. */
    LINK("pnk-link"),
    /** Comes back from an identity provider. */
    STATE("pnk-state"),
    /** Tells the browser that was sent to an identity provider. */
    BROWSER("pnk-browser");

    private final String text;

    TokenKind(String text) {
        this.text = text;
    }

    /** What such a secret begins with. */
    public String text() {
        return text;
    }
}
