package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Who may open connections to what. A packet filter allows what any of its rules allows, and replies to it. A rule has destinations
 * or capabilities, not both.
 *
 * @param srcIps addresses, prefixes without host bits, ranges {@code a-b}, or {@code *}
 * @param ipProto empty: TCP, UDP and ICMP of both families
 */
public record FilterRule(
        @JsonProperty("SrcIPs") @JsonInclude(JsonInclude.Include.ALWAYS)
        List<String> srcIps,

        @JsonProperty("DstPorts") List<PortsOfAddress> dstPorts,
        @JsonProperty("IPProto") List<Integer> ipProto,
        @JsonProperty("CapGrant") List<CapGrant> capGrant) {
    public FilterRule {
        srcIps = Zero.list(srcIps);
        dstPorts = Zero.list(dstPorts);
        ipProto = Zero.list(ipProto);
        capGrant = Zero.list(capGrant);
    }

    /** TCP, UDP, ICMP of both families, from everywhere to everywhere. */
    public static FilterRule allowAll() {
        return new FilterRule(List.of("*"), List.of(new PortsOfAddress("*", PortRange.ALL)), List.of(), List.of());
    }
}
