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

/** A file of ours that pages need. Its path has its hash, so that a browser may keep it for good. Immutable. */
final class Asset {
    private final String text;
    private final String type;
    private final OwnPath path;
    private final String integrity;

    /** @param stem what its path begins with, before the hash and {@code suffix} */
    private Asset(String file, String stem, String suffix, String type) {
        text = read(file);
        this.type = type;
        byte[] hash = sha256(text);
        path = new OwnPath("/" + stem + "-" + HexFormat.of().formatHex(hash, 0, 8) + suffix);
        integrity = "sha256-" + Base64.getEncoder().encodeToString(hash);
    }

    /** The one style sheet. */
    static Asset style() {
        return new Asset("pages.css", "style", ".css", "text/css; charset=utf-8");
    }

    /** The one script: speaks to a browser's authenticators, which nothing else can. */
    static Asset passkeyScript() {
        return new Asset("passkey.js", "passkey", ".js", "text/javascript; charset=utf-8");
    }

    private static String read(String file) {
        try (InputStream in = Asset.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("no " + file + " beside the pages");
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

    /** As an element of a page takes it. */
    String integrity() {
        return integrity;
    }

    PageResponse response() {
        return new PageResponse(
                200,
                List.of(
                        new Header("Content-Type", type),
                        new Header("Cache-Control", "public, max-age=31536000, immutable"),
                        new Header("X-Content-Type-Options", "nosniff"),
                        new Header("Cross-Origin-Resource-Policy", "same-origin")),
                text);
    }
}
