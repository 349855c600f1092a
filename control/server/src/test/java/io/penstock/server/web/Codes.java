package io.penstock.server.web;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An authenticator app, written apart from what it is held against. */
public final class Codes {
    public static final Duration STEP = Duration.ofSeconds(30);

    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private Codes() {}

    /** A seed as apps read it; its length is a multiple of five bytes. */
    static String base32(byte[] seed) {
        BigInteger bits = new BigInteger(1, seed);
        StringBuilder text = new StringBuilder();
        for (int shift = 8 * seed.length - 5; shift >= 0; shift -= 5) {
            text.append(BASE32.charAt(bits.shiftRight(shift).intValue() & 31));
        }
        return text.toString();
    }

    public static String at(String seed, Instant now) {
        try {
            BigInteger bits = BigInteger.ONE; // keeps zeros in front
            for (int i = 0; i < seed.length(); i++) {
                bits = bits.shiftLeft(5).or(BigInteger.valueOf(BASE32.indexOf(seed.charAt(i))));
            }
            byte[] key = bits.toByteArray();
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, 1, key.length - 1, "RAW"));
            byte[] hash = mac.doFinal(ByteBuffer.allocate(8)
                    .putLong(now.getEpochSecond() / STEP.toSeconds())
                    .array());
            int code = ByteBuffer.wrap(hash).getInt(hash[19] & 15) & Integer.MAX_VALUE;
            return String.format(Locale.ROOT, "%06d", code % 1_000_000);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
