package io.penstock.node.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StaticChoiceTest {
    private static final NodeKey BRANCH = NodeKey.of(
            new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
            });

    @Test
    void networksOfTheHostAndOfOthersWin() {
        StaticChoice choice = new StaticChoice(
                prefixes("100.64.0.1/32"),
                prefixes("10.128.0.0/9", "0.0.0.0/0"),
                List.of(new Connected(Prefix.parse("192.168.1.0/24"), "lan0")),
                Map.of(Prefix.parse("10.2.0.0/16"), "hq"));

        List<Prefix> taken = choice.choose(
                BRANCH,
                "branch",
                prefixes(
                        "192.168.1.0/24",
                        "192.168.1.7/32",
                        "192.168.0.0/16",
                        "10.128.0.0/9",
                        "10.129.0.0/24",
                        "10.2.0.0/16",
                        "100.64.0.1/32",
                        "224.0.0.0/4",
                        "0.0.0.0/0"),
                false);

        assertEquals(
                prefixes("192.168.0.0/16", "10.129.0.0/24"),
                taken,
                "what contains a connected network, and parts of what a hub serves");
        assertEquals(
                List.of(
                        "192.168.1.0/24 of branch is not used: this host is connected to it, at lan0.",
                        "192.168.1.7/32 of branch is not used: it lies within 192.168.1.0/24, which this host is connected to, at lan0.",
                        "10.128.0.0/9 of branch is not used: it is served by this node itself.",
                        "10.2.0.0/16 of branch is not used: hq has it.",
                        "100.64.0.1/32 of branch is not used: it is this node's own address.",
                        "224.0.0.0/4 of branch is not used: such addresses are not routed.",
                        "0.0.0.0/0 of branch is not used: branch is not the chosen exit node;"
                                + " `penstock set --exit-node branch` makes it that."),
                choice.refused().stream().map(StaticChoice.Refused::reason).toList());
    }

    @Test
    void noPrefixGoesToTwo() {
        StaticChoice choice = new StaticChoice(List.of(), List.of(), List.of(), Map.of());
        List<Prefix> both = prefixes("10.9.0.0/24", "::/0");

        assertEquals(both, choice.choose(BRANCH, "branch", both, true));
        assertEquals(
                prefixes("10.9.1.0/24"), choice.choose(BRANCH, "b", prefixes("10.9.0.0/24", "10.9.1.0/24"), false));
        assertEquals(
                "10.9.0.0/24 of b is not used: branch has it.",
                choice.refused().getFirst().reason());
    }

    private static List<Prefix> prefixes(String... texts) {
        return Stream.of(texts).map(Prefix::parse).toList();
    }
}
