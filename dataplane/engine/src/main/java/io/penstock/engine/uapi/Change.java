package io.penstock.engine.uapi;

/**
 * One line of a set request, checked and immutable. The names follow the keys of the control socket; a line that
 * belongs to a peer speaks of the one that the last {@code public_key} chose.
 */
public sealed interface Change {
    /** The most changes in one call of {@link Configuration#apply}. */
    int BATCH = 1_000;

    /** The interface's own key; all zero removes it. */
    record PrivateKey(Secret key) implements Change {}

    /** 0 lets the system choose; takes effect at once. */
    record ListenPort(int port) implements Change {}

    /** 32 bits, unsigned; 0 is off. */
    record Fwmark(int mark) implements Change {}

    record ReplacePeers() implements Change {}

    record Remove() implements Change {}

    record UpdateOnly() implements Change {}

    /** All zero means none. */
    record PresharedKey(Secret key) implements Change {}

    /** 0 is off. */
    record PersistentKeepalive(int seconds) implements Change {}

    record ReplaceAllowedIps() implements Change {}

    /** The end of one peer's lines: the next {@code public_key}, the blank line, or the end of the stream. */
    record EndOfPeer() implements Change {}
}
