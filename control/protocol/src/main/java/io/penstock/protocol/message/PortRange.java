package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Ports from first to last, both included.
 */
public record PortRange(
        @JsonProperty("First") @JsonInclude(JsonInclude.Include.ALWAYS)
        int first,

        @JsonProperty("Last") @JsonInclude(JsonInclude.Include.ALWAYS)
        int last) {
    public static final PortRange ALL = new PortRange(0, 0xffff);

    static final PortRange ZERO = new PortRange(0, 0);
}
