package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A service that a node offers to its peers.
 *
 * @param proto {@code tcp}, {@code udp}, {@code peerapi4}, {@code peerapi6}, {@code peerapi-dns-proxy}
 */
public record Service(
        @JsonProperty("Proto") @JsonInclude(JsonInclude.Include.ALWAYS)
        String proto,

        @JsonProperty("Port") @JsonInclude(JsonInclude.Include.ALWAYS)
        int port,

        @JsonProperty("Description") String description) {
    public Service {
        proto = Zero.text(proto);
        description = Zero.text(description);
    }
}
