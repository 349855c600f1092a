package io.penstock.server.admin;

import io.penstock.wireguard.Entropy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106) with 19 MiB and two passes, written in the common form {@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}. At
 * most two are computed at a time, so that a flood of logins takes neither the memory nor the processor. Thread-safe.
 */
final class PasswordHash {
    static final int MIN_LENGTH = 12;
    static final int MAX_LENGTH = 200;

    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int SALT_LENGTH = 16;
    private static final int HASH_LENGTH = 32;
    private static final Semaphore AT_A_TIME = new Semaphore(2, true);
    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=1\\$([A-Za-z0-9+/]{22})\\$([A-Za-z0-9+/]{43})");

    private PasswordHash() {}

    /**
     * The hash of a new password.
     *
     * @throws IllegalArgumentException if it is too short or too long
     */
    static String of(String password, Entropy entropy) {
        Optional<String> fault = lengthFault(password);
        if (fault.isPresent()) {
            throw new IllegalArgumentException(fault.get());
        }
        byte[] salt = new byte[SALT_LENGTH];
        entropy.fill(salt);
        return format(salt, compute(password, salt, MEMORY_KIB, PASSES));
    }

    /** What is wrong with a new password; empty for nothing. */
    static Optional<String> lengthFault(String password) {
        return password.length() < MIN_LENGTH || password.length() > MAX_LENGTH
                ? Optional.of("a password has " + MIN_LENGTH + " to " + MAX_LENGTH + " characters")
                : Optional.empty();
    }

    /** A hash that no password has, and that takes as long to compare with as any. */
    static String ofNobody(Entropy entropy) {
        byte[] salt = new byte[SALT_LENGTH];
        byte[] hash = new byte[HASH_LENGTH];
        entropy.fill(salt);
        entropy.fill(hash);
        return format(salt, hash);
    }

    private static String format(byte[] salt, byte[] hash) {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + MEMORY_KIB + ",t=" + PASSES + ",p=1$" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(hash);
    }

    /** Whether the password is the one of the hash. */
    static boolean matches(String password, String hash) {
        Matcher matcher = FORM.matcher(hash);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not the hash of a password");
        }
        if (password.length() > MAX_LENGTH) {
            return false;
        }
        byte[] computed = compute(
                password,
                Base64.getDecoder().decode(matcher.group(3)),
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)));
        return MessageDigest.isEqual(computed, Base64.getDecoder().decode(matcher.group(4)));
    }

    private static byte[] compute(String password, byte[] salt, int memoryKib, int passes) {
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        byte[] hash = new byte[HASH_LENGTH];
        AT_A_TIME.acquireUninterruptibly();
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memoryKib)
                    .withIterations(passes)
                    .withParallelism(1)
                    .withSalt(salt)
                    .build());
            generator.generateBytes(bytes, hash);
            return hash;
        } finally {
            AT_A_TIME.release();
            Arrays.fill(bytes, (byte) 0);
        }
    }
}
