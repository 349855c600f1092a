package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.ethtool.LinkFeatures;
import io.penstock.node.host.HostItem.Nft;
import io.penstock.node.host.HostItem.Up;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is seen of a host whose nft does not work: an empty host, with the program a test's. */
class LinuxViewTest {
    private static final HostSettings GATEWAY = HostSettings.builder("mesh")
            .advertised(List.of(Prefix.parse("10.1.0.0/24")))
            .build();

    @Test
    void anNftThatFailsIsTroubleForItsTableOnly() throws Exception {
        try (LinkFeatures features = LinkFeatures.open()) {
            HostView view = view(features, "/bin/false");

            assertEquals(List.of(), view.networks("mesh").connected());
            assertEquals(HostItem.ABSENT, view.read(new Up("mesh")));
            assertThrows(IOException.class, () -> view.read(new Nft()));
            HostView.Facts facts = view.facts(GATEWAY);
            assertTrue(facts.hasNft());
            assertEquals("nft list chains failed:", facts.nftTrouble().strip());
        }
    }

    @Test
    void aTableIsNotAbsentBecauseNobodyCanLook() throws Exception {
        try (LinkFeatures features = LinkFeatures.open()) {
            HostView view = view(features, "/nonexistent/nft");

            IOException unread = assertThrows(IOException.class, () -> view.read(new Nft()));
            assertEquals(
                    "the program nft is in none of [/nonexistent/nft]: install the package nftables",
                    unread.getMessage());
            HostView.Facts facts = view.facts(GATEWAY);
            assertFalse(facts.hasNft());
            assertEquals("", facts.nftTrouble());
        }
    }

    private static HostView view(LinkFeatures features, String nft) {
        return new LinuxView(
                List.of(), List.of(), List.of(), List.of(), features, new NftProgram(List.of(Path.of(nft))));
    }
}
