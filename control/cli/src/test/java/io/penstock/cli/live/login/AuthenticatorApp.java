package io.penstock.cli.live.login;

import io.penstock.cli.live.Await;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An app on a phone with one seed, RFC 6238. It never shows the code of one time twice. */
final class AuthenticatorApp {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private final byte[] seed;
    private long last;

    /** @param base32 as a page shows it, perhaps with blanks */
    AuthenticatorApp(String base32) {
        String text = base32.replaceAll("\\s", "");
        seed = new byte[text.length() * 5 / 8];
        int bits = 0;
        int count = 0;
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            bits = bits << 5 | BASE32.indexOf(text.charAt(i));
            count += 5;
            if (count >= 8) {
                count -= 8;
                seed[length++] = (byte) (bits >> count);
            }
        }
    }

    /** The code of this time, or of the next if that was shown. */
    String code() {
        last = Math.max(last + 1, Instant.now().getEpochSecond() / 30);
        return codeOf(last);
    }

    /** Likewise, once the clock has come so far that whoever allows for thirty seconds takes it. */
    String codeInTime() {
        Await.until(
                "the time of the next code",
                Duration.ofSeconds(70),
                () -> Instant.now().getEpochSecond() / 30 >= last);
        return code();
    }

    /** The code that was shown last. */
    String sameCode() {
        return codeOf(last);
    }

    private String codeOf(long step) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(seed, "RAW"));
            byte[] hash =
                    mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
            int truncated = ByteBuffer.wrap(hash).getInt(hash[hash.length - 1] & 0xf) & 0x7fff_ffff;
            return String.format(Locale.ROOT, "%06d", truncated % 1_000_000);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
