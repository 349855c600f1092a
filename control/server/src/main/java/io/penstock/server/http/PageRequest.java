package io.penstock.server.http;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a browser asks for. Immutable; all of it is text from outside.
 *
 * @param method in capitals
 * @param path decoded, without the query
 * @param query in the order of each name's values
 * @param form fields of a body of {@code application/x-www-form-urlencoded}; empty for any other body
 * @param cookies the first of each name
 * @param from whose connection it is
 * @param isSecure whether the connection has TLS, so that cookies may be marked as secure
 * @param initiator what the browser says about who made it ask
 */
public record PageRequest(
        String method,
        String path,
        Map<String, List<String>> query,
        Map<String, List<String>> form,
        Map<String, String> cookies,
        InetAddress from,
        boolean isSecure,
        Initiator initiator) {
    /**
     * Which page made a browser ask, by headers that no page can forge; each is empty if it was not sent.
     *
     * @param host as the coordinator was called: {@code Host}
     * @param origin of the page: {@code Origin}
     * @param fetchSite how the page's site relates to ours: {@code Sec-Fetch-Site}
     */
    public record Initiator(String host, String origin, String fetchSite) {
        public static final Initiator NOT_SAID = new Initiator("", "", "");
    }

    /** The first value of a query parameter. */
    public Optional<String> queryValue(String name) {
        return query.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** The first value of a field of the form. */
    public Optional<String> formValue(String name) {
        return form.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** Shows no secret: neither query nor form nor cookies. */
    @Override
    public String toString() {
        return "PageRequest[" + method + ", " + path + "]";
    }
}
