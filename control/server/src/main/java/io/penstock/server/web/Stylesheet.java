package io.penstock.server.web;

import io.penstock.server.http.PageResponse;
import io.penstock.server.http.PageResponse.Header;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** The one style sheet. Its path has its hash, so that a browser may keep it for good. Immutable. */
final class Stylesheet {
    private static final String FILE = "pages.css";

    private final String css;
    private final OwnPath path;
    private final String integrity;

    Stylesheet() {
        css = read();
        byte[] hash = sha256(css);
        path = new OwnPath("/style-" + HexFormat.of().formatHex(hash, 0, 8) + ".css");
        integrity = "sha256-" + Base64.getEncoder().encodeToString(hash);
    }

    private static String read() {
        try (InputStream in = Stylesheet.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("no " + FILE + " beside the pages");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java has it
        }
    }

    OwnPath path() {
        return path;
    }

    Html link() {
        return Html.of(
                Tag.LINK, List.of(Attribute.rel("stylesheet"), Attribute.href(path), Attribute.integrity(integrity)));
    }

    PageResponse response() {
        return new PageResponse(
                200,
                List.of(
                        new Header("Content-Type", "text/css; charset=utf-8"),
                        new Header("Cache-Control", "public, max-age=31536000, immutable"),
                        new Header("X-Content-Type-Options", "nosniff"),
                        new Header("Cross-Origin-Resource-Policy", "same-origin")),
                css);
    }
}
