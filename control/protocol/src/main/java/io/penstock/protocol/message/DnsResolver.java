package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A server that resolves names.
 *
 * @param addr {@code ip}, {@code ip:port}, or a URL of DNS over HTTPS
 */
public record DnsResolver(
        @JsonProperty("Addr") @JsonInclude(JsonInclude.Include.ALWAYS)
        String addr,

        @JsonProperty("BootstrapResolution") List<String> bootstrapResolution) {
    public DnsResolver {
        addr = Zero.text(addr);
        bootstrapResolution = Zero.list(bootstrapResolution);
    }
}
