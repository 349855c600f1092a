package io.penstock.protocol.ts2021;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.MachineKey;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's answer to {@code GET /key}.
 *
 * @param legacyPublicKey of the protocol before this one; zero
 * @param publicKey the coordinator's static key of the Noise handshake; zero if it has none
 */
public record KeyReply(
        @JsonProperty("legacyPublicKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        MachineKey legacyPublicKey,

        @JsonProperty("publicKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        MachineKey publicKey) {
    /** A node reads no more than this. */
    public static final int MAX_BYTES = 64 * 1024;

    public KeyReply(@Nullable MachineKey legacyPublicKey, @Nullable MachineKey publicKey) {
        this.legacyPublicKey = legacyPublicKey == null ? MachineKey.ZERO : legacyPublicKey;
        this.publicKey = publicKey == null ? MachineKey.ZERO : publicKey;
    }

    public static KeyReply of(MachineKey publicKey) {
        return new KeyReply(MachineKey.ZERO, publicKey);
    }

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads the answer.
     *
     * @throws MalformedMessageException if it is none, or has no key that a handshake could use
     */
    public static KeyReply decode(byte[] json) throws MalformedMessageException {
        KeyReply reply = Json.read(json, MAX_BYTES, KeyReply.class);
        if (reply.publicKey().isZero()) {
            throw new MalformedMessageException("the coordinator has no key for this protocol");
        }
        return reply;
    }
}
