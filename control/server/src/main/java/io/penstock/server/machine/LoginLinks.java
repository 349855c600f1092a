package io.penstock.server.machine;

import io.penstock.server.model.Token;
import java.net.URI;
import java.util.Locale;

/**
 * The addresses that people open to let a device in. Immutable.
 *
 * @param publicUrl how browsers call the coordinator: http or https, a host, perhaps a port and a path
 */
public record LoginLinks(URI publicUrl) {
    /** Where the page is; the secret follows. */
    public static final String PATH = "/register/";

    /** Where codes are typed in that stand for links. */
    public static final String CODE_PATH = "/device";

    private static final int MAX_LENGTH = 2048;

    public LoginLinks {
        String scheme = publicUrl.getScheme();
        if (scheme == null
                || publicUrl.getHost() == null
                || publicUrl.getRawQuery() != null
                || publicUrl.getRawFragment() != null
                || publicUrl.getUserInfo() != null
                || !(scheme.toLowerCase(Locale.ROOT).equals("http")
                        || scheme.toLowerCase(Locale.ROOT).equals("https"))) {
            throw new IllegalArgumentException(
                    "not the address of a server: " + publicUrl + " (https:// and a host, perhaps a port and a path)");
        }
    }

    /** The address of a device's page. It has the secret in it. */
    public String of(Token link) {
        return base() + PATH + link.reveal();
    }

    /** Where a device's code is typed in. */
    public String codePage() {
        return base() + CODE_PATH;
    }

    private String base() {
        String base = publicUrl.toString();
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    /**
     * The text of the secret in an address that a node says it was given, whether or not it is one. The address before it is not
     * looked at: it may have been another when the node got it.
     */
    static String secretOf(String followUp) {
        return followUp.length() > MAX_LENGTH ? "" : followUp.substring(followUp.lastIndexOf('/') + 1);
    }
}
