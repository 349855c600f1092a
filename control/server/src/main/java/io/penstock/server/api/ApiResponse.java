package io.penstock.server.api;

import java.nio.charset.StandardCharsets;

/** The answer to a request: a status of HTTP and a JSON document. */
public final class ApiResponse {
    private final int status;
    private final byte[] json;

    ApiResponse(int status, byte[] json) {
        this.status = status;
        this.json = json;
    }

    public int status() {
        return status;
    }

    /** The document; the caller does not change it. */
    public byte[] json() {
        return json;
    }

    /** The document as text. */
    public String text() {
        return new String(json, StandardCharsets.UTF_8);
    }
}
