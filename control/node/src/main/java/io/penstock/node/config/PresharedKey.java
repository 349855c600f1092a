package io.penstock.node.config;

import java.util.Base64;

/**
 * A pre-shared key on its way from a file to the daemon, which its text never shows. Immutable: it lasts as long as the command that
 * read it.
 *
 * @param base64 as wg(8) shows it
 */
public record PresharedKey(String base64) {
    public static final int LENGTH_BYTES = 32;

    /**
     * Checks it.
     *
     * @throws IllegalArgumentException if it is not 32 bytes in base64; the message does not repeat it
     */
    public PresharedKey {
        int length = -1;
        try {
            length = Base64.getDecoder().decode(base64).length;
        } catch (IllegalArgumentException e) {
            // told below, without what the decoder says of the text
        }
        if (length != LENGTH_BYTES) {
            throw new IllegalArgumentException("not a key of 32 bytes in base64");
        }
    }

    @Override
    public String toString() {
        return "PresharedKey";
    }
}
