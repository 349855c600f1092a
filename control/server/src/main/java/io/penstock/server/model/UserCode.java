package io.penstock.server.model;

import io.penstock.wireguard.Entropy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * What a terminal shows for people to type in elsewhere, in the place of a link: eight letters of twenty, which make no words and are not
 * mistaken for each other (RFC 8628, section 6.1). 34 bits are few: who may try codes, and how often, is bounded, and they are short-lived.
 * Immutable; {@link #toString} does not show it.
 */
public final class UserCode {
    private static final String LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
    private static final int LENGTH = 8;
    private static final int MAX_TYPED = 40;

    private final String letters;

    private UserCode(String letters) {
        this.letters = letters;
    }

    public static UserCode create(Entropy entropy) {
        StringBuilder letters = new StringBuilder(LENGTH);
        byte[] random = new byte[1];
        while (letters.length() < LENGTH) {
            entropy.fill(random);
            int value = random[0] & 0xff;
            if (value < 240) { // so that none is likelier
                letters.append(LETTERS.charAt(value % LETTERS.length()));
            }
        }
        return new UserCode(letters.toString());
    }

    /** A code however it was typed: in small letters, without its hyphen, with spaces; empty if it is none. */
    public static Optional<UserCode> parse(String typed) {
        if (typed.length() > MAX_TYPED) {
            return Optional.empty();
        }
        String letters = typed.replaceAll("[\\s-]", "").toUpperCase(Locale.ROOT);
        boolean isCode = letters.length() == LENGTH && letters.chars().allMatch(c -> LETTERS.indexOf(c) >= 0);
        return isCode ? Optional.of(new UserCode(letters)) : Optional.empty();
    }

    /** What may be stored. */
    public String hash() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(("user code " + letters).getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }

    /** The code itself, for the device's terminal: two times four letters. */
    public String reveal() {
        return letters.substring(0, LENGTH / 2) + "-" + letters.substring(LENGTH / 2);
    }

    @Override
    public String toString() {
        return "UserCode";
    }
}
