package io.penstock.protocol.derp;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;

/**
 * What a relay tells a client that it has let in, sealed in {@link Frame.ServerInfo}.
 *
 * @param version 2
 * @param bytesPerSecond the client shall not send more; 0 for no limit
 * @param burstBytes more than that for a moment
 */
public record ServerGreeting(
        @JsonProperty("version") int version,
        @JsonProperty("TokenBucketBytesPerSecond") int bytesPerSecond,
        @JsonProperty("TokenBucketBytesBurst") int burstBytes) {
    private static final int MAX_BYTES = 1 << 20;

    /** Without limits. */
    public static ServerGreeting unlimited() {
        return new ServerGreeting(Greeting.VERSION, 0, 0);
    }

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads what was sealed.
     *
     * @throws MalformedMessageException if it is no greeting
     */
    public static ServerGreeting decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, ServerGreeting.class);
    }
}
