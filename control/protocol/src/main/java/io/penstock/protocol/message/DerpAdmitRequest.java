package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;

/**
 * A relay asks the coordinator whether a client may use it.
 *
 * @param source the client's address
 */
public record DerpAdmitRequest(
        @JsonProperty("NodePublic") @JsonInclude(JsonInclude.Include.ALWAYS)
        NodeKey nodePublic,

        @JsonProperty("Source") @JsonInclude(JsonInclude.Include.ALWAYS)
        String source) {
    public DerpAdmitRequest {
        nodePublic = nodePublic == null ? NodeKey.ZERO : nodePublic;
        source = Zero.text(source);
    }

    /** Most bytes that a coordinator reads. */
    public static final int MAX_BYTES = 4096;

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads the message.
     *
     * @throws MalformedMessageException if it is longer than {@link #MAX_BYTES} or something else
     */
    public static DerpAdmitRequest decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, DerpAdmitRequest.class);
    }
}
