package io.penstock.node.api;

/**
 * A secret, for one who may change the node.
 *
 * @param key in base64; empty if the peer has none
 */
@Message
public record PresharedKeyResult(String key) {
    /** Without it. */
    @Override
    public String toString() {
        return "PresharedKeyResult";
    }
}
