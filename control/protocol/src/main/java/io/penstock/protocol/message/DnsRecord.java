package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A name of the tailnet that is no node's.
 *
 * @param type empty: A or AAAA, by the value
 */
public record DnsRecord(
        @JsonProperty("Name") @JsonInclude(JsonInclude.Include.ALWAYS)
        String name,

        @JsonProperty("Type") String type,

        @JsonProperty("Value") @JsonInclude(JsonInclude.Include.ALWAYS)
        String value) {
    public DnsRecord {
        name = Zero.text(name);
        type = Zero.text(type);
        value = Zero.text(value);
    }
}
