package io.penstock.protocol.key;

import io.penstock.wireguard.PublicKey;
import java.util.HexFormat;

/**
 * The text form that all keys share: a prefix that says which kind it is, and 64 digits of lower-case hexadecimal. A key has
 * exactly one such form; whatever else a parser could forgive (capital letters, white space, a missing prefix) is refused.
 */
final class KeyText {
    private static final int DIGITS = 2 * PublicKey.LENGTH;
    private static final HexFormat HEX = HexFormat.of();

    private KeyText() {}

    static String format(String prefix, PublicKey key) {
        return prefix + key.toHex();
    }

    /** Never names the text in its exception: it might be a secret that was put in the wrong place. */
    static PublicKey parse(String prefix, String text) {
        return PublicKey.of(parseBytes(prefix, text));
    }

    static byte[] parseBytes(String prefix, CharSequence text) {
        int start = prefix.length();
        if (text.length() != start + DIGITS || !startsWith(text, prefix)) {
            throw notAKey(prefix);
        }
        byte[] bytes = new byte[PublicKey.LENGTH];
        for (int i = 0; i < bytes.length; i++) {
            int high = digit(text.charAt(start + 2 * i));
            int low = digit(text.charAt(start + 2 * i + 1));
            if (high < 0 || low < 0) {
                throw notAKey(prefix);
            }
            bytes[i] = (byte) (high << 4 | low);
        }
        return bytes;
    }

    /** The hexadecimal digits of {@code bytes} as ASCII. */
    static byte[] digits(byte[] bytes) {
        byte[] digits = new byte[2 * bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            digits[2 * i] = (byte) HEX.toHighHexDigit(bytes[i]);
            digits[2 * i + 1] = (byte) HEX.toLowHexDigit(bytes[i]);
        }
        return digits;
    }

    private static boolean startsWith(CharSequence text, String prefix) {
        for (int i = 0; i < prefix.length(); i++) {
            if (text.charAt(i) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int digit(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    private static IllegalArgumentException notAKey(String prefix) {
        return new IllegalArgumentException("not " + prefix + " and 64 lower-case hexadecimal digits");
    }
}
