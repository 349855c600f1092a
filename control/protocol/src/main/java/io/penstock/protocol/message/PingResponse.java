package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;

/**
 * The result of a ping that the coordinator asked for, one for each way.
 */
public record PingResponse(
        @JsonProperty("Type") @JsonInclude(JsonInclude.Include.ALWAYS)
        String type,

        @JsonProperty("IP") String ip,
        @JsonProperty("NodeIP") String nodeIp,
        @JsonProperty("NodeName") String nodeName,
        @JsonProperty("Err") String err,
        @JsonProperty("LatencySeconds") double latencySeconds,
        @JsonProperty("Endpoint") String endpoint,
        @JsonProperty("DERPRegionID") int derpRegionId,
        @JsonProperty("DERPRegionCode") String derpRegionCode,
        @JsonProperty("PeerAPIPort") int peerApiPort,
        @JsonProperty("IsLocalIP") boolean isLocalIp) {
    public PingResponse {
        type = Zero.text(type);
        ip = Zero.text(ip);
        nodeIp = Zero.text(nodeIp);
        nodeName = Zero.text(nodeName);
        err = Zero.text(err);
        endpoint = Zero.text(endpoint);
        derpRegionCode = Zero.text(derpRegionCode);
    }

    /** Most bytes that a coordinator reads. */
    public static final int MAX_BYTES = 64 << 10;

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads the message.
     *
     * @throws MalformedMessageException if it is longer than {@link #MAX_BYTES} or something else
     */
    public static PingResponse decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, PingResponse.class);
    }
}
