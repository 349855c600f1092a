package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A destination of a filter rule.
 *
 * @param ip address, prefix, range or {@code *}
 */
public record PortsOfAddress(
        @JsonProperty("IP") @JsonInclude(JsonInclude.Include.ALWAYS)
        String ip,

        @JsonProperty("Ports") @JsonInclude(JsonInclude.Include.ALWAYS)
        PortRange ports) {
    public PortsOfAddress {
        ip = Zero.text(ip);
        ports = ports == null ? PortRange.ZERO : ports;
    }
}
