package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.MalformedMessageException;
import java.util.Base64;

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

    /** Asks a node for an answer to a request of HTTP/1, over the control connection. */
    public static PingRequest c2n(String url, byte[] request) {
        return new PingRequest(url, true, false, "c2n", "", Base64.getEncoder().encodeToString(request));
    }

    /**
     * The bytes of the payload.
     *
     * @throws MalformedMessageException if it is no base64
     */
    public byte[] decodePayload() throws MalformedMessageException {
        try {
            return Base64.getDecoder().decode(payload);
        } catch (IllegalArgumentException e) {
            throw new MalformedMessageException("the payload of a ping is no base64");
        }
    }
}
