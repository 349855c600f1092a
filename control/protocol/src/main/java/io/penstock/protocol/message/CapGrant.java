package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.penstock.protocol.json.RawJson;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Map;

/**
 * Capabilities that the sources of a rule have at some addresses; what they mean is up to the application there.
 *
 * @param caps without parameters; old
 */
public record CapGrant(
        @JsonProperty("Dsts") @JsonInclude(JsonInclude.Include.ALWAYS)
        List<Prefix> dsts,

        @JsonProperty("Caps") List<String> caps,
        @JsonProperty("CapMap") Map<String, List<RawJson>> capMap) {
    public CapGrant {
        dsts = Zero.list(dsts);
        caps = Zero.list(caps);
        capMap = Zero.lists(capMap);
    }
}
