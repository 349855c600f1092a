package io.penstock.protocol.portmap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The search for a router that speaks UPnP: M-SEARCH over UDP. UPnP Device Architecture 1.1 section 1.3. */
public final class Ssdp {
    public static final int PORT = 1900;

    /** 239.255.255.250. */
    public static final int GROUP = 0xefff_fffa;

    private static final int MAX_LENGTH = 4096;
    private static final int MAX_LINES = 64;
    private static final List<String> TARGETS = List.of(
            "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
            "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
            "ssdp:all");

    /**
     * A device.
     *
     * @param location where its description is: of {@code http}, with a host
     * @param target what it says it is
     */
    public record Device(URI location, String target) {
        /** Whether it says that it is a router, rather than that it may contain one. */
        public boolean isGateway() {
            String lower = target.toLowerCase(Locale.ROOT);
            return lower.contains("internetgatewaydevice")
                    || lower.contains("wanipconnection")
                    || lower.contains("wanpppconnection");
        }
    }

    private Ssdp() {}

    /** The requests of one search, each a datagram. */
    public static List<byte[]> searches() {
        return TARGETS.stream()
                .map(target ->
                        ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: "
                                        + target + "\r\n\r\n")
                                .getBytes(US_ASCII))
                .toList();
    }

    /** Reads an answer; null if it is none, or names no place to go on. */
    public static @Nullable Device parse(byte[] datagram) {
        if (datagram.length > MAX_LENGTH) {
            return null;
        }
        String[] lines = new String(datagram, ISO_8859_1).split("\r?\n", MAX_LINES + 1);
        if (!lines[0].matches("HTTP/1\\.[01] 200(?: .*)?")) {
            return null;
        }
        URI location = null;
        String target = "";
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon).strip().toLowerCase(Locale.ROOT)) {
                case "location" -> location = location == null ? httpUri(value) : location;
                case "st" -> target = value;
                default -> {} // says nothing about where it is
            }
        }
        return location == null ? null : new Device(location, target);
    }

    /** Null unless it is a URI of http with a host. */
    static @Nullable URI httpUri(String text) {
        try {
            URI uri = URI.create(text);
            boolean isHttp = "http".equalsIgnoreCase(uri.getScheme());
            return isHttp && uri.getHost() != null && uri.getUserInfo() == null ? uri : null;
        } catch (IllegalArgumentException e) {
            return null; // as it says
        }
    }
}
