package io.penstock.server.model;

import io.penstock.wireguard.Entropy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A secret that we give out once and afterwards know only by its prefix and hash: {@code pnk-auth-<12 hex>-<64 hex>}. The
 * secret has 256 random bits, so that a plain SHA-256 cannot be turned back. Immutable; {@link #toString} does not show it.
 */
public final class Token {
    private static final int PREFIX_BYTES = 6;
    private static final int SECRET_BYTES = 32;
    private static final Pattern FORM = Pattern.compile("(pnk-[a-z]+)-([0-9a-f]{12})-([0-9a-f]{64})");

    private final TokenKind kind;
    private final String prefix;
    private final String secret;

    private Token(TokenKind kind, String prefix, String secret) {
        this.kind = kind;
        this.prefix = prefix;
        this.secret = secret;
    }

    public static Token create(TokenKind kind, Entropy entropy) {
        byte[] prefix = new byte[PREFIX_BYTES];
        byte[] secret = new byte[SECRET_BYTES];
        entropy.fill(prefix);
        entropy.fill(secret);
        return new Token(kind, HexFormat.of().formatHex(prefix), HexFormat.of().formatHex(secret));
    }

    /** What {@link #reveal} wrote, if the text is of that form and kind. */
    public static Optional<Token> parse(TokenKind kind, String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() && matcher.group(1).equals(kind.text())
                ? Optional.of(new Token(kind, matcher.group(2), matcher.group(3)))
                : Optional.empty();
    }

    /** The part that is no secret, and finds the row. */
    public String prefix() {
        return prefix;
    }

    /** What may be stored. */
    public String hash() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }

    /** Whether this is the secret of a stored hash, in the same time for any two. */
    public boolean matches(String storedHash) {
        return MessageDigest.isEqual(
                hash().getBytes(StandardCharsets.US_ASCII), storedHash.getBytes(StandardCharsets.US_ASCII));
    }

    /** The secret itself, to be shown once. */
    public String reveal() {
        return kind.text() + "-" + prefix + "-" + secret;
    }

    /** Kind and prefix, as it may stand in a log. */
    @Override
    public String toString() {
        return kind.text() + "-" + prefix;
    }
}
