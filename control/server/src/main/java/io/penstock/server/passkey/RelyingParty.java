package io.penstock.server.passkey;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * By what browsers know us. Immutable.
 *
 * @param id our host, to which a passkey is bound
 * @param origin of the only pages that may ask for one
 */
public record RelyingParty(String id, String origin) {
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+|\\[.*");

    /** Empty where browsers have no passkeys: without TLS, but on localhost, and by an address in the place of a name. */
    public static Optional<RelyingParty> of(URI publicUrl) {
        String scheme = String.valueOf(publicUrl.getScheme()).toLowerCase(Locale.ROOT);
        String host = String.valueOf(publicUrl.getHost()).toLowerCase(Locale.ROOT);
        boolean isSecure = scheme.equals("https") || host.equals("localhost");
        if (!isSecure || NUMBERS.matcher(host).matches()) {
            return Optional.empty();
        }
        int usual = scheme.equals("https") ? 443 : 80;
        String port = publicUrl.getPort() < 0 || publicUrl.getPort() == usual ? "" : ":" + publicUrl.getPort();
        return Optional.of(new RelyingParty(host, scheme + "://" + host + port));
    }
}
