package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.http.PageRequest;
import io.penstock.server.http.PageRequest.Initiator;
import io.penstock.server.http.PageResponse;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A browser without a network: keeps cookies, reads each page as XML, and fills in forms as they are. */
final class Browser {
    private final WebPages pages;
    final Map<String, String> cookies = new HashMap<>();
    private final InetAddress address;
    boolean isSecure;

    private @Nullable PageResponse last;
    private @Nullable Markup page;

    Browser(WebPages pages) {
        this.pages = pages;
        try {
            address = InetAddress.getByAddress(new byte[] {(byte) 198, 51, 100, 7});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    Browser open(String path) {
        return send("GET", path, Map.of(), new Initiator("192.168.1.10:8480", "", "none"));
    }

    Browser post(String path, Map<String, String> fields) {
        return send("POST", path, fields, PagesFixture.own());
    }

    /** Comes back from a provider, whose page has sent the browser here. */
    Browser comeBack(String url) {
        URI uri = URI.create(url);
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (String pair : uri.getRawQuery().split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], List.of(URLDecoder.decode(parts[1], StandardCharsets.UTF_8)));
        }
        return send("GET", uri.getPath(), query, Map.of(), new Initiator("192.168.1.10:8480", "", "cross-site"));
    }

    /** A form that a page of another site sends, with which browsers send none of our cookies. */
    Browser postFromElsewhere(String path, Map<String, String> fields) {
        Map<String, String> kept = new HashMap<>(cookies);
        cookies.clear();
        try {
            return send("POST", path, fields, new Initiator("192.168.1.10:8480", "null", "cross-site"));
        } finally {
            cookies.putAll(kept);
        }
    }

    Browser send(String method, String path, Map<String, String> fields, Initiator initiator) {
        return send(method, path, Map.of(), fields, initiator);
    }

    private Browser send(
            String method,
            String path,
            Map<String, List<String>> query,
            Map<String, String> fields,
            Initiator initiator) {
        assertTrue(pages.serves(path), path);
        Map<String, List<String>> form = new LinkedHashMap<>();
        fields.forEach((name, value) -> form.put(name, List.of(value)));
        PageRequest request =
                new PageRequest(method, path, query, form, Map.copyOf(cookies), address, isSecure, initiator);
        PageResponse response = pages.handle(request);
        for (PageResponse.Header header : response.headers()) {
            if (header.name().equals("Set-Cookie")) {
                keep(header.value());
            }
        }
        last = response;
        page = header("Content-Type").startsWith("text/html")
                        && !response.body().isEmpty()
                ? Markup.parse(response.body())
                : null;
        return this;
    }

    private void keep(String cookie) {
        String pair = cookie.substring(0, cookie.indexOf(';'));
        String name = pair.substring(0, pair.indexOf('='));
        assertTrue(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/"));
        assertEquals(isSecure, cookie.contains("; Secure") && name.startsWith("__Host-"), "secure where it can be");
        if (cookie.contains("; Max-Age=0")) {
            cookies.remove(name);
        } else {
            cookies.put(name, pair.substring(name.length() + 1));
        }
    }

    /** What a cookie holds. */
    String cookie(String name) {
        String value = cookies.get(name);
        if (value == null) {
            throw new AssertionError("no cookie " + name);
        }
        return value;
    }

    /** Sends the form in the middle of the page with what it holds and what is filled in. */
    Browser submit(Map<String, String> filledIn) {
        Markup.Form form = page().form();
        Map<String, String> fields = new LinkedHashMap<>(form.hidden());
        fields.putAll(filledIn);
        return post(form.action(), fields);
    }

    /** Goes where the last answer leads. */
    Browser follow() {
        assertEquals(303, status());
        return open(location());
    }

    private PageResponse response() {
        if (last == null) {
            throw new AssertionError("nothing was asked for");
        }
        return last;
    }

    Markup page() {
        if (page == null) {
            throw new AssertionError("no page but " + status());
        }
        return page;
    }

    int status() {
        return response().status();
    }

    String body() {
        return response().body();
    }

    String header(String name) {
        return response().headers().stream()
                .filter(header -> header.name().equals(name))
                .map(PageResponse.Header::value)
                .findFirst()
                .orElse("");
    }

    String location() {
        return header("Location");
    }

    /** The text of the page, as people read it. */
    String text() {
        return page().text();
    }
}
