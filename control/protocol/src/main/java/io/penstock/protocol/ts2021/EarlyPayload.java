package io.penstock.protocol.ts2021;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.ChallengeKey;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator may send inside the first records, before HTTP/2: magic, u32 length, JSON.
 *
 * @param nodeKeyChallenge a public key for proofs that no protocol version asks for yet
 */
public record EarlyPayload(
        @JsonProperty("nodeKeyChallenge") @Nullable ChallengeKey nodeKeyChallenge) {
    /** Most bytes of JSON. */
    public static final int MAX_BYTES = 10 << 20;

    static final int HEADER_LENGTH = 9;
    static final byte[] MAGIC = {-1, -1, -1, 'T', 'S'}; // no HTTP/2 frame has a length of 0xffffff at its start

    /** Header and JSON. */
    public byte[] encode() {
        byte[] json = Json.write(this);
        return ByteBuffer.allocate(HEADER_LENGTH + json.length)
                .put(MAGIC)
                .putInt(json.length)
                .put(json)
                .array();
    }

    static EarlyPayload decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, EarlyPayload.class);
    }
}
