package io.penstock.server.web;

import io.penstock.server.http.PageRequest.Initiator;
import java.net.URI;
import java.util.Locale;

/**
 * Whether a form was sent by a page of ours. Hosts do not tell: another port of the same host is another origin, and cookies go to
 * both. Immutable.
 *
 * @param publicUrl how browsers call the coordinator, which a proxy in between may call otherwise
 */
record Initiators(URI publicUrl) {
    boolean isOurs(Initiator initiator) {
        if (!initiator.fetchSite().isEmpty()) {
            return initiator.fetchSite().equals("same-origin")
                    || initiator.fetchSite().equals("none"); // typed, or sent once more by the user
        }
        if (initiator.origin().isEmpty()) {
            return true; // no browser of today; the form's token decides
        }
        return authority(initiator.origin()).equals(authority(publicUrl.toString()))
                || authority(initiator.origin()).equals(authority(scheme(initiator.origin()) + initiator.host()));
    }

    private static String scheme(String origin) {
        return origin.substring(0, Math.max(0, origin.indexOf("//"))) + "//";
    }

    /** Host and port, in one form; of what is no URL the text itself, which equals no other's. */
    private static String authority(String url) {
        try {
            URI uri = URI.create(url);
            if (uri.getHost() == null || uri.getScheme() == null) {
                return url;
            }
            boolean isTls = uri.getScheme().toLowerCase(Locale.ROOT).equals("https");
            int port = uri.getPort() >= 0 ? uri.getPort() : isTls ? 443 : 80;
            return uri.getHost().toLowerCase(Locale.ROOT) + ":" + port;
        } catch (IllegalArgumentException e) {
            return url;
        }
    }
}
