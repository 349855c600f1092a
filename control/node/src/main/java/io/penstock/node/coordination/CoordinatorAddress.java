package io.penstock.node.coordination;

import java.net.URI;
import java.util.Locale;

/**
 * Where a coordinator is, and by what it is believed. Without TLS it is believed by its key alone, which has to be known then, or
 * the network be trusted at the first time.
 *
 * @param url http or https, host, perhaps a port
 */
public record CoordinatorAddress(URI url, Trust trust) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    public CoordinatorAddress {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        boolean isPlain = (scheme.equals("http") || scheme.equals("https"))
                && url.getHost() != null
                && (url.getRawPath().isEmpty() || url.getRawPath().equals("/"))
                && url.getRawQuery() == null
                && url.getRawFragment() == null
                && url.getRawUserInfo() == null;
        if (!isPlain) {
            throw new IllegalArgumentException(
                    "a coordinator has a URL without a path, such as https://vpn.example.org, not " + url);
        }
    }

    /** A coordinator that the system's authorities vouch for, or one without TLS. */
    public static CoordinatorAddress of(String url) {
        return new CoordinatorAddress(URI.create(url), new Trust.BySystem());
    }

    boolean isTls() {
        return url.getScheme().equalsIgnoreCase("https");
    }

    /** Name or address, without the brackets of an IPv6 address. */
    String host() {
        String host = url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    int port() {
        return url.getPort() >= 0 ? url.getPort() : isTls() ? HTTPS_PORT : HTTP_PORT;
    }

    /** For the header {@code Host}. */
    String authority() {
        return url.getPort() >= 0 ? url.getHost() + ":" + url.getPort() : url.getHost();
    }
}
