package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The coordinator wants to know whether the node, or what it can reach, is there. The same URL twice in a row counts once.
 *
 * @param url where to answer
 * @param urlIsNoise on the control connection
 * @param types empty: HEAD of the URL; {@code c2n}: answer the request in the payload; else pings by these ways, with commas between
 * @param ip whom to ping
 * @param payload base64 of a request of HTTP/1
 */
public record PingRequest(
        @JsonProperty("URL") @JsonInclude(JsonInclude.Include.ALWAYS)
        String url,

        @JsonProperty("URLIsNoise") boolean urlIsNoise,
        @JsonProperty("Log") boolean log,
        @JsonProperty("Types") String types,
        @JsonProperty("IP") String ip,
        @JsonProperty("Payload") String payload) {
    public PingRequest {
        url = Zero.text(url);
        types = Zero.text(types);
        ip = Zero.text(ip);
        payload = Zero.text(payload);
    }
}
