package io.penstock.relay.edge;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;

/** The secret that relays of one region share: 64 hexadecimal digits. Shows nothing of it. Immutable. */
public final class MeshKey {
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{64}");

    private final String digits;

    private MeshKey(String digits) {
        this.digits = digits;
    }

    /**
     * Reads 64 lower-case hexadecimal digits.
     *
     * @throws IllegalArgumentException for anything else; its message does not repeat the text
     */
    public static MeshKey parse(String text) {
        if (!DIGITS.matcher(text).matches()) {
            throw new IllegalArgumentException("a mesh key has 64 lower-case hexadecimal digits");
        }
        return new MeshKey(text);
    }

    /** Whether somebody knows it; takes as long for any guess of this length. */
    boolean matches(String guess) {
        return MessageDigest.isEqual(
                digits.getBytes(StandardCharsets.US_ASCII), guess.getBytes(StandardCharsets.UTF_8));
    }

    /** For a greeting. */
    String digits() {
        return digits;
    }

    @Override
    public String toString() {
        return "MeshKey";
    }
}
