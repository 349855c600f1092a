package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node asks for its map, or reports what changed on its side: the body of {@code POST /machine/map}. With {@code stream} it is a
 * poll, and everything in it but the keys and the version may be old; with {@code omitPeers} and no stream it is a report.
 *
 * @param version the node's capability version
 * @param compress {@code zstd}
 * @param keepAlive the stream is to be kept alive
 * @param endpointTypes one of the constants for each endpoint, in the same order
 * @param tkaHead of tailnet lock, which we do not have
 */
public record MapRequest(
        @JsonProperty("Version") @JsonInclude(JsonInclude.Include.ALWAYS)
        int version,

        @JsonProperty("Compress") @JsonInclude(JsonInclude.Include.ALWAYS)
        String compress,

        @JsonProperty("KeepAlive") @JsonInclude(JsonInclude.Include.ALWAYS)
        boolean keepAlive,

        @JsonProperty("NodeKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        NodeKey nodeKey,

        @JsonProperty("DiscoKey") @JsonInclude(JsonInclude.Include.ALWAYS)
        DiscoKey discoKey,

        @JsonProperty("Stream") @JsonInclude(JsonInclude.Include.ALWAYS)
        boolean stream,

        @JsonProperty("Hostinfo") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Hostinfo hostinfo,

        @JsonProperty("MapSessionHandle") String mapSessionHandle,
        @JsonProperty("MapSessionSeq") long mapSessionSeq,
        @JsonProperty("Endpoints") List<Endpoint> endpoints,
        @JsonProperty("EndpointTypes") List<Integer> endpointTypes,
        @JsonProperty("TKAHead") String tkaHead,
        @JsonProperty("ReadOnly") boolean readOnly,
        @JsonProperty("OmitPeers") boolean omitPeers,
        @JsonProperty("DebugFlags") List<String> debugFlags,
        @JsonProperty("ConnectionHandleForTest") String connectionHandleForTest) {
    public MapRequest {
        compress = Zero.text(compress);
        nodeKey = nodeKey == null ? NodeKey.ZERO : nodeKey;
        discoKey = discoKey == null ? DiscoKey.ZERO : discoKey;
        mapSessionHandle = Zero.text(mapSessionHandle);
        endpoints = Zero.list(endpoints);
        endpointTypes = Zero.list(endpointTypes);
        tkaHead = Zero.text(tkaHead);
        debugFlags = Zero.list(debugFlags);
        connectionHandleForTest = Zero.text(connectionHandleForTest);
    }

    /** A builder of a message with nothing in it. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that holds what this message does. */
    public Builder toBuilder() {
        Builder b = new Builder();
        b.version = version;
        b.compress = compress;
        b.keepAlive = keepAlive;
        b.nodeKey = nodeKey;
        b.discoKey = discoKey;
        b.stream = stream;
        b.hostinfo = hostinfo;
        b.mapSessionHandle = mapSessionHandle;
        b.mapSessionSeq = mapSessionSeq;
        b.endpoints = endpoints;
        b.endpointTypes = endpointTypes;
        b.tkaHead = tkaHead;
        b.readOnly = readOnly;
        b.omitPeers = omitPeers;
        b.debugFlags = debugFlags;
        b.connectionHandleForTest = connectionHandleForTest;
        return b;
    }

    /** Where it is sent, by POST. */
    public static final String PATH = "/machine/map";

    /** Kinds of endpoints. */
    public static final int ENDPOINT_UNKNOWN = 0;

    /** An address of an interface. */
    public static final int ENDPOINT_LOCAL = 1;

    /** Seen by a STUN server. */
    public static final int ENDPOINT_STUN = 2;

    /** Given by the router on request. */
    public static final int ENDPOINT_PORT_MAPPED = 3;

    /** The address that a STUN server saw, with the local port: a guess behind a hard NAT. */
    public static final int ENDPOINT_STUN_LOCAL_PORT = 4;

    /** Configured by an operator. */
    public static final int ENDPOINT_EXPLICIT = 5;

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
    public static MapRequest decode(byte[] json) throws MalformedMessageException {
        return Json.read(json, MAX_BYTES, MapRequest.class);
    }

    /** Whether this is a report of changes, to be stored and answered with an empty body. */
    public boolean isReport() {
        return !stream && omitPeers;
    }

    /** Collects the components; each has the meaning it has in the record, and may be left out. Not thread-safe. */
    public static final class Builder {
        private int version;
        private String compress = "";
        private boolean keepAlive;
        private NodeKey nodeKey = NodeKey.ZERO;
        private DiscoKey discoKey = DiscoKey.ZERO;
        private boolean stream;
        private @Nullable Hostinfo hostinfo;
        private String mapSessionHandle = "";
        private long mapSessionSeq;
        private List<Endpoint> endpoints = List.of();
        private List<Integer> endpointTypes = List.of();
        private String tkaHead = "";
        private boolean readOnly;
        private boolean omitPeers;
        private List<String> debugFlags = List.of();
        private String connectionHandleForTest = "";

        private Builder() {}

        public Builder version(int value) {
            version = value;
            return this;
        }

        public Builder compress(String value) {
            compress = value;
            return this;
        }

        public Builder keepAlive(boolean value) {
            keepAlive = value;
            return this;
        }

        public Builder nodeKey(NodeKey value) {
            nodeKey = value;
            return this;
        }

        public Builder discoKey(DiscoKey value) {
            discoKey = value;
            return this;
        }

        public Builder stream(boolean value) {
            stream = value;
            return this;
        }

        public Builder hostinfo(@Nullable Hostinfo value) {
            hostinfo = value;
            return this;
        }

        public Builder mapSessionHandle(String value) {
            mapSessionHandle = value;
            return this;
        }

        public Builder mapSessionSeq(long value) {
            mapSessionSeq = value;
            return this;
        }

        public Builder endpoints(List<Endpoint> value) {
            endpoints = value;
            return this;
        }

        public Builder endpointTypes(List<Integer> value) {
            endpointTypes = value;
            return this;
        }

        public Builder tkaHead(String value) {
            tkaHead = value;
            return this;
        }

        public Builder readOnly(boolean value) {
            readOnly = value;
            return this;
        }

        public Builder omitPeers(boolean value) {
            omitPeers = value;
            return this;
        }

        public Builder debugFlags(List<String> value) {
            debugFlags = value;
            return this;
        }

        public Builder connectionHandleForTest(String value) {
            connectionHandleForTest = value;
            return this;
        }

        public MapRequest build() {
            return new MapRequest(
                    version,
                    compress,
                    keepAlive,
                    nodeKey,
                    discoKey,
                    stream,
                    hostinfo,
                    mapSessionHandle,
                    mapSessionSeq,
                    endpoints,
                    endpointTypes,
                    tkaHead,
                    readOnly,
                    omitPeers,
                    debugFlags,
                    connectionHandleForTest);
        }
    }
}
