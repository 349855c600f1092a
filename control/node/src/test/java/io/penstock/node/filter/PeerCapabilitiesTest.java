package io.penstock.node.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.message.CapGrant;
import io.penstock.protocol.message.FilterRule;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeerCapabilitiesTest {
    private static final Prefix US = Prefix.parse("100.64.0.1/32");
    private static final Prefix PEER = Prefix.parse("100.64.0.9/32");

    @Test
    void joinsTheValuesOfAllGrants() {
        List<String> oddities = new ArrayList<>();
        List<FilterRule> rules = List.of(
                FilterRule.allowAll(),
                grant("100.64.0.0/10", US, Map.of("a", List.of(new RawJson("1")), "b", List.of())),
                grant("nonsense", US, Map.of("c", List.of())),
                grant("100.64.0.9", US, Map.of("a", List.of(new RawJson("2")))),
                grant("*", Prefix.parse("100.64.0.2/32"), Map.of("d", List.of())));
        PeerCapabilities capabilities = PeerCapabilities.of(rules, oddities::add);
        assertEquals(List.of("no addresses: \"nonsense\""), oddities);
        assertEquals(
                Map.of("a", List.of(new RawJson("1"), new RawJson("2")), "b", List.of()), capabilities.of(PEER, US));
        assertEquals(Map.of(), capabilities.of(Prefix.parse("10.0.0.1/32"), US));
        assertEquals(
                Map.of("d", List.of()), capabilities.of(Prefix.parse("10.0.0.1/32"), Prefix.parse("100.64.0.2/32")));
        assertEquals(Map.of(), capabilities.of(Prefix.parse("fd00::1/128"), Prefix.parse("fd00::2/128")));
    }

    private static FilterRule grant(String source, Prefix at, Map<String, List<RawJson>> values) {
        return new FilterRule(
                List.of(source), List.of(), List.of(), List.of(new CapGrant(List.of(at), List.of(), values)));
    }
}
