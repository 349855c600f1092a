package io.penstock.server.http;

import java.util.List;

/**
 * A page, or the way to another one. The listener adds the length and what belongs to the connection, and nothing else: caching,
 * content type and security policy are the page's.
 *
 * @param headers in their order; a name may come more than once
 * @param body text, sent as UTF-8
 */
public record PageResponse(int status, List<Header> headers, String body) {
    /** One header. Its value has no line breaks. */
    public record Header(String name, String value) {
        public Header {
            if (value.indexOf('\r') >= 0 || value.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("a line break in the header " + name);
            }
        }

        /** Shows no value: it may be a cookie. */
        @Override
        public String toString() {
            return name;
        }
    }

    public PageResponse {
        headers = List.copyOf(headers);
    }

    /** Shows nothing of the page: it may hold a secret. */
    @Override
    public String toString() {
        return "PageResponse[" + status + ", " + headers + ", " + body.length() + " characters]";
    }
}
