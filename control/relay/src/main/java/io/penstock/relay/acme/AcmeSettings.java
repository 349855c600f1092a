package io.penstock.relay.acme;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates, for what name, and where they are kept; checked once and then trusted.
 *
 * @param directory where the authority says what it can do (RFC 8555 section 7.1.1); {@code https} only
 * @param name a DNS name, which leads to our listener's port 443
 * @param mail where the authority may write to, null for nowhere
 * @param roots PEM file of the certificates by which the authority itself is trusted; null for those of the JDK
 * @param folder where key and certificate are kept; one for each authority is made in it, for its owner alone
 */
public record AcmeSettings(
        URI directory,
        String name,
        @Nullable String mail,
        @Nullable Path roots,
        Path folder) {
    /** Labels of letters, digits and hyphens, and at least two of them: authorities vouch for no others. */
    private static final Pattern NAME =
            Pattern.compile("(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

    private static final Pattern MAIL = Pattern.compile("[^@\\s,?]+@[^@\\s,?]+");

    public AcmeSettings {
        if (!"https".equals(directory.getScheme()) || directory.getHost() == null) {
            throw new IllegalArgumentException("an authority's directory is a URL of https, not " + directory);
        }
        name = name.toLowerCase(Locale.ROOT);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "an authority vouches for a DNS name such as relay.example.org, not for '" + name + "'");
        }
        if (mail != null && !MAIL.matcher(mail).matches()) {
            throw new IllegalArgumentException("not a mail address: '" + mail + "'");
        }
    }
}
