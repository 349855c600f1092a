package io.penstock.server.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a form of ours has in it and one of somebody else's has not: a code of where it goes to, by the secret in the browser's
 * cookie. Another session's does not fit, nor that of another form. Stateless.
 */
final class FormTokens {
    static final String FIELD = "form_token";

    private FormTokens() {}

    /**
     * The token of a form.
     *
     * @param secret of the session, or of a browser that has none; never shown itself
     */
    static String of(String secret, OwnPath action) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "RAW"));
            byte[] code = mac.doFinal(("form " + action.text()).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(code);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has it
        }
    }

    /** Whether it is, in the same time for any two. */
    static boolean isOf(String secret, OwnPath action, String given) {
        return MessageDigest.isEqual(
                of(secret, action).getBytes(StandardCharsets.US_ASCII), given.getBytes(StandardCharsets.UTF_8));
    }
}
