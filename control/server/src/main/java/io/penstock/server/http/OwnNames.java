package io.penstock.server.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names by which the listener is called. A page from elsewhere can make a browser call it, under a name of its own (DNS
 * rebinding) or by its right name but with the page's origin; both show here. Immutable.
 */
record OwnNames(Set<String> hosts) {
    /** Whether a request's {@code Host} is one of them, with any port. */
    boolean isHost(@Nullable String host) {
        return host != null && hosts.contains(withoutPort(host));
    }

    /** Whether a request's {@code Origin} is one of them; a request without one comes from no page of elsewhere. */
    boolean isOrigin(@Nullable String origin) {
        if (origin == null) {
            return true;
        }
        try {
            String host = new URI(origin).getHost();
            return host != null && hosts.contains(host.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException e) {
            return false; // "null" is a foreign origin too
        }
    }

    private static String withoutPort(String host) {
        int colon = host.endsWith("]") ? -1 : host.lastIndexOf(':');
        return (colon < 0 ? host : host.substring(0, colon)).toLowerCase(Locale.ROOT);
    }
}
