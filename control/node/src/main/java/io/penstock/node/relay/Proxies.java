package io.penstock.node.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Through which proxy of HTTP a relay is reached, as the environment says: {@code HTTPS_PROXY} and {@code NO_PROXY}, in capitals or
 * not. A proxy is asked to {@code CONNECT}, so it sees where to and nothing else. This machine itself is always reached directly.
 * Immutable.
 */
public final class Proxies {
    /** Everything is reached directly. */
    public static final Proxies NONE = new Proxies("", List.of());

    private static final int DEFAULT_PORT = 80;
    private static final int MAX_PORT = 0xffff;

    private final String proxy;
    private final List<String> exceptions;

    private Proxies(String proxy, List<String> exceptions) {
        this.proxy = proxy;
        this.exceptions = exceptions;
    }

    /** As these variables say. What makes no sense is told when a relay is to be reached. */
    public static Proxies of(Map<String, String> environment) {
        String proxy = value(environment, "HTTPS_PROXY");
        List<String> exceptions = Arrays.stream(value(environment, "NO_PROXY").split(",", -1))
                .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
                .filter(entry -> !entry.isEmpty())
                .toList();
        return proxy.isEmpty() ? NONE : new Proxies(proxy, exceptions);
    }

    private static String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return (value == null ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : value).strip();
    }

    /**
     * A proxy. Shows no password.
     *
     * @param user empty for none
     */
    record Proxy(String host, int port, String user, String password) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /**
     * The one for this relay; null if it is reached directly.
     *
     * @throws IOException if the variable has no proxy that can be spoken to; the message has no password
     */
    @Nullable Proxy of(String host, int port) throws IOException {
        if (proxy.isEmpty() || isHere(host) || isExcepted(host.toLowerCase(Locale.ROOT), port)) {
            return null;
        }
        URI uri;
        try {
            uri = new URI(proxy.contains("://") ? proxy : "http://" + proxy);
        } catch (URISyntaxException e) {
            throw new IOException("HTTPS_PROXY has no address of a proxy, such as http://proxy.example:3128", e);
        }
        if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getPort() > MAX_PORT) {
            throw new IOException(
                    "HTTPS_PROXY has to be http://HOST:PORT; the proxy is asked in the clear, and what goes"
                            + " through it is encrypted. To reach relays directly, name them in NO_PROXY");
        }
        String login = uri.getUserInfo() == null ? "" : uri.getUserInfo();
        int colon = login.indexOf(':');
        return new Proxy(
                bare(uri.getHost()),
                uri.getPort() < 1 ? DEFAULT_PORT : uri.getPort(),
                colon < 0 ? login : login.substring(0, colon),
                colon < 0 ? "" : login.substring(colon + 1));
    }

    private static boolean isHere(String host) {
        InetAddress address = literal(host);
        return host.equalsIgnoreCase("localhost") || (address != null && address.isLoopbackAddress());
    }

    private boolean isExcepted(String host, int port) {
        return exceptions.stream().anyMatch(entry -> matches(entry, host, port));
    }

    private static boolean matches(String entry, String host, int port) {
        if (entry.equals("*")) {
            return true;
        }
        if (entry.indexOf('/') >= 0) {
            return contains(entry, literal(host));
        }
        String name = entry;
        int colon = entry.lastIndexOf(':');
        if (colon >= 0 && entry.indexOf(':') == colon) { // not an address of IPv6
            if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            name = entry.substring(0, colon);
        }
        name = bare(name.startsWith("*.") ? name.substring(1) : name);
        InetAddress address = literal(name);
        if (address != null) {
            return address.equals(literal(host));
        }
        return name.startsWith(".") ? host.endsWith(name) : host.equals(name) || host.endsWith("." + name);
    }

    private static boolean contains(String prefix, @Nullable InetAddress address) {
        int slash = prefix.indexOf('/');
        InetAddress network = literal(prefix.substring(0, slash));
        String bits = prefix.substring(slash + 1);
        if (network == null || address == null || !bits.matches("[0-9]{1,3}")) {
            return false;
        }
        byte[] wanted = network.getAddress();
        byte[] given = address.getAddress();
        int length = Integer.parseInt(bits);
        if (wanted.length != given.length || length > wanted.length * Byte.SIZE) {
            return false;
        }
        for (int bit = 0; bit < length; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if ((wanted[bit / Byte.SIZE] & mask) != (given[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static @Nullable InetAddress literal(String text) {
        try {
            return text.isEmpty() ? null : InetAddress.ofLiteral(bare(text));
        } catch (IllegalArgumentException e) {
            return null; // a name
        }
    }
}
