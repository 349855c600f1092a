package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Which layer a ping goes through. */
public enum PingType {
    /** Between the nodes' path finders: whether and how the peer is reached. */
    DISCO,
    /** Inside of the tunnel, to the peer's node, past its filter and its host. */
    TSMP;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
