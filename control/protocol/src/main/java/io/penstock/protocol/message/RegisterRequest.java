package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A node registers its key, renews or gives it up: the body of {@code POST /machine/register}. Who asks is the machine key of
 * the connection, which is not in here.
 *
 * @param version the node's capability version
 * @param nodeKey the key to be registered
 * @param oldNodeKey the one it replaces, or zero
 * @param lockKey of tailnet lock, which we do not have
 * @param expiry zero as a rule; in the past: log out; in the future: a wish for an earlier end
 * @param followup the login URL of an earlier answer: wait until its user is done
 * @param ephemeral to be forgotten soon after it leaves
 * @param tailnet the tailnet it wants to be in; {@code required:} in front makes that a condition
 */
public record RegisterRequest(
        @JsonProperty("Version") @JsonInclude(JsonInclude.Include.ALWAYS)
        int version,

        @JsonProperty("NodeKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        NodeKey nodeKey,

        @JsonProperty("OldNodeKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        NodeKey oldNodeKey,

        @JsonProperty("NLKey") String lockKey,

        @JsonProperty("Auth") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable RegisterAuth auth,

        @JsonProperty("Expiry") @JsonInclude(JsonInclude.Include.ALWAYS)
        Instant expiry,

        @JsonProperty("Followup") @JsonInclude(JsonInclude.Include.ALWAYS)
        String followup,

        @JsonProperty("Hostinfo") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Hostinfo hostinfo,

        @JsonProperty("Ephemeral") boolean ephemeral,
        @JsonProperty("Tailnet") String tailnet) {
    public RegisterRequest {
        nodeKey = nodeKey == null ? NodeKey.ZERO : nodeKey;
        oldNodeKey = oldNodeKey == null ? NodeKey.ZERO : oldNodeKey;
        lockKey = Zero.text(lockKey);
        expiry = Zero.time(expiry);
        followup = Zero.text(followup);
        tailnet = Zero.text(tailnet);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.version = version;
        b.nodeKey = nodeKey;
        b.oldNodeKey = oldNodeKey;
        b.lockKey = lockKey;
        b.auth = auth;
        b.expiry = expiry;
        b.followup = followup;
        b.hostinfo = hostinfo;
        b.ephemeral = ephemeral;
        b.tailnet = tailnet;
        return b;
    }

    /** Where it is sent, by POST. */
    public static final String PATH = "/machine/register";

    /** Most bytes that a coordinator reads. */
    public static final int MAX_BYTES = 1 << 20;

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads the message.
     *
     * @throws MalformedMessageException if it is longer than {@link #MAX_BYTES} or something else
     */
    public static RegisterRequest decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, RegisterRequest.class);
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private int version;
        private NodeKey nodeKey = NodeKey.ZERO;
        private NodeKey oldNodeKey = NodeKey.ZERO;
        private String lockKey = "";
        private @Nullable RegisterAuth auth;
        private Instant expiry = GoTime.ZERO;
        private String followup = "";
        private @Nullable Hostinfo hostinfo;
        private boolean ephemeral;
        private String tailnet = "";

        private Builder() {}

        public Builder version(int value) {
            version = value;
            return this;
        }

        public Builder nodeKey(NodeKey value) {
            nodeKey = value;
            return this;
        }

        public Builder oldNodeKey(NodeKey value) {
            oldNodeKey = value;
            return this;
        }

        public Builder lockKey(String value) {
            lockKey = value;
            return this;
        }

        public Builder auth(@Nullable RegisterAuth value) {
            auth = value;
            return this;
        }

        public Builder expiry(Instant value) {
            expiry = value;
            return this;
        }

        public Builder followup(String value) {
            followup = value;
            return this;
        }

        public Builder hostinfo(@Nullable Hostinfo value) {
            hostinfo = value;
            return this;
        }

        public Builder ephemeral(boolean value) {
            ephemeral = value;
            return this;
        }

        public Builder tailnet(String value) {
            tailnet = value;
            return this;
        }

        public RegisterRequest build() {
            return new RegisterRequest(
                    version, nodeKey, oldNodeKey, lockKey, auth, expiry, followup, hostinfo, ephemeral, tailnet);
        }
    }
}
