package io.penstock.protocol.derp;

import io.penstock.wireguard.PublicKey;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What client and relay say in HTTP/1.1, and in TLS, before the first frame. */
public final class DerpHttp {
    /** Where a connection is upgraded, by GET. */
    public static final String PATH = "/derp";

    /** Value of the header {@code Upgrade}. */
    public static final String TOKEN = "DERP";

    /** Request header, {@code 1}: no HTTP answer, frames at once. */
    public static final String FAST_START_HEADER = "Derp-Fast-Start";

    /** Answer header with {@link Greeting#VERSION}. */
    public static final String VERSION_HEADER = "Derp-Version";

    /** Answer header with the relay's key in hexadecimal. */
    public static final String PUBLIC_KEY_HEADER = "Derp-Public-Key";

    /** Where clients measure latency, by GET or HEAD. */
    public static final String PROBE_PATH = "/derp/probe";

    /** The same by its older name. */
    public static final String LATENCY_CHECK_PATH = "/derp/latency-check";

    /** Where clients look for captive portals. */
    public static final String NO_CONTENT_PATH = "/generate_204";

    /** Request header there, to be answered if it {@link #isChallenge}. */
    public static final String CHALLENGE_HEADER = "X-Tailscale-Challenge";

    /** Answer header there: {@code response} and the challenge. */
    public static final String RESPONSE_HEADER = "X-Tailscale-Response";

    private static final String META_NAME = "derpkey";
    private static final int MAX_CHALLENGE_LENGTH = 64;

    private DerpHttp() {}

    /** Whether a relay speaks DERP for this value of {@code Upgrade}; written in any case. */
    public static boolean isUpgrade(@Nullable String upgrade) {
        return upgrade != null && upgrade.toLowerCase(Locale.ROOT).equals("derp");
    }

    /** Common name of the extra certificate by which a relay tells its key within TLS. */
    public static String metaCertificateName(PublicKey relay) {
        return META_NAME + relay.toHex();
    }

    /** The relay's key in the common name of a certificate, or null if it is an ordinary one. */
    public static @Nullable PublicKey keyOf(String commonName) {
        if (!commonName.startsWith(META_NAME)) {
            return null;
        }
        try {
            return PublicKey.parseHex(commonName.substring(META_NAME.length()));
        } catch (IllegalArgumentException e) {
            return null; // somebody's name that begins like this
        }
    }

    /** Whether a challenge may be repeated in an answer: up to 64 letters, digits, and {@code . - _ :}. */
    public static boolean isChallenge(String challenge) {
        return challenge.length() <= MAX_CHALLENGE_LENGTH
                && challenge
                        .chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '.'
                                || c == '-'
                                || c == '_'
                                || c == ':');
    }
}
