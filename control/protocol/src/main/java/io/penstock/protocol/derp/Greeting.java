package io.penstock.protocol.derp;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import org.jspecify.annotations.Nullable;

/**
 * What a client tells a relay about itself, sealed in {@link Frame.ClientInfo}.
 *
 * @param version 2
 * @param meshKey 64 hexadecimal digits, of another relay of the region; empty for everybody else. A secret
 * @param canAckPings answers pings
 * @param isProber only measures
 */
public record Greeting(
        @JsonProperty("version") int version,
        @JsonProperty("meshKey") String meshKey,

        @JsonProperty("CanAckPings") @JsonInclude(JsonInclude.Include.ALWAYS)
        boolean canAckPings,

        @JsonProperty("IsProber") boolean isProber,
        @JsonProperty("AppName") String appName) {
    /** Of the protocol. */
    public static final int VERSION = 2;

    private static final int MAX_BYTES = 256 << 10;

    public Greeting(
            int version, @Nullable String meshKey, boolean canAckPings, boolean isProber, @Nullable String appName) {
        this.version = version;
        this.meshKey = meshKey == null ? "" : meshKey;
        this.canAckPings = canAckPings;
        this.isProber = isProber;
        this.appName = appName == null ? "" : appName;
    }

    /** Of a node. */
    public static Greeting ofNode() {
        return new Greeting(VERSION, "", true, false, "");
    }

    public byte[] encode() {
        return Json.write(this);
    }

    /**
     * Reads what was sealed.
     *
     * @throws MalformedMessageException if it is no greeting
     */
    public static Greeting decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, Greeting.class);
    }

    /** Without the mesh key. */
    @Override
    public String toString() {
        return "Greeting[version=" + version + ", isMesh=" + !meshKey.isEmpty() + ", isProber=" + isProber + "]";
    }
}
