package io.penstock.server.admin;

import io.penstock.wireguard.Entropy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Codes that people write down for the day when their authenticator app is gone: 24 random digits each, which nobody can guess from a
 * hash, and which are typed on the same keys as the app's. Stateless.
 */
final class RecoveryCodes {
    static final int COUNT = 10;

    private static final int LENGTH = 24;
    private static final Pattern FORM = Pattern.compile("[0-9]{" + LENGTH + "}");

    private RecoveryCodes() {}

    static List<String> create(Entropy entropy) {
        List<String> codes = new ArrayList<>(COUNT);
        for (int i = 0; i < COUNT; i++) {
            StringBuilder code = new StringBuilder();
            for (int j = 0; j < LENGTH; j++) {
                code.append(j > 0 && j % 4 == 0 ? "-" : "").append(digit(entropy));
            }
            codes.add(code.toString());
        }
        return List.copyOf(codes);
    }

    private static int digit(Entropy entropy) {
        byte[] random = new byte[1];
        do {
            entropy.fill(random);
        } while ((random[0] & 0xff) >= 250); // so that none is likelier
        return (random[0] & 0xff) % 10;
    }

    /** What is kept of a code, however it was typed; empty if it has not the form of one. */
    static Optional<String> hash(String typed) {
        String code = typed.replaceAll("[\\s-]", "");
        if (!FORM.matcher(code).matches()) {
            return Optional.empty();
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(("recovery code " + code).getBytes(StandardCharsets.US_ASCII));
            return Optional.of(HexFormat.of().formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }
}
