package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;

/**
 * Whether the client may use the relay.
 */
public record DerpAdmitResponse(
        @JsonProperty("Allow") @JsonInclude(JsonInclude.Include.ALWAYS)
        boolean allow) {
    /** Most bytes that a relay reads. */
    public static final int MAX_BYTES = 4096;

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads the message.
     *
     * @throws MalformedMessageException if it is longer than {@link #MAX_BYTES} or something else
     */
    public static DerpAdmitResponse decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, DerpAdmitResponse.class);
    }
}
