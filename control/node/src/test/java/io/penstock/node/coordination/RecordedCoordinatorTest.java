package io.penstock.node.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.core.MapNews;
import io.penstock.node.coordination.core.NetMapReader;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The map stream that headscale 0.29.1 sent to {@link StreamRecorder}, with throwaway keys, while another node of ours and a stock node
 * of Tailscale 1.102.5 were there: a route of ours was taken back and approved again, and the stock node went away for four seconds and
 * came back.
 */
class RecordedCoordinatorTest {
    private static final Instant NOW = Instant.parse("2026-11-26T20:19:00Z");
    private static final Prefix ROUTE = Prefix.parse("10.2.0.0/24");

    private static byte[] stream() throws IOException {
        try (InputStream in = RecordedCoordinatorTest.class.getResourceAsStream("headscale-0.29.1.map")) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    /** All maps, from the stream in pieces of at most so many bytes. */
    private static List<NetMap> maps(int longest) throws Exception {
        byte[] bytes = stream();
        Random random = new Random(longest);
        List<NetMap> maps = new ArrayList<>();
        try (NetMapReader reader = new NetMapReader()) {
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(1 + random.nextInt(longest), bytes.length - at);
                reader.read(ByteBuffer.wrap(bytes, at, length), NOW, news -> {
                    if (news instanceof MapNews.Changed changed) {
                        maps.add(changed.map());
                    }
                });
                at += length;
            }
        }
        return maps;
    }

    private static Node peer(NetMap map, long id) {
        return Objects.requireNonNull(map.peers().get(id), "peer " + id);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1_000, 1 << 20})
    void isTheSameHoweverItArrives(int longest) throws Exception {
        assertEquals(maps(50), maps(longest));
    }

    @Test
    void beginsWithAWholeMap() throws Exception {
        NetMap first = maps(1 << 20).getFirst();

        assertEquals("laptop.hs.example.", first.self().name());
        assertEquals(Set.of(1L, 2L), first.peers().keySet());
        assertEquals("renamed.hs.example.", peer(first, 1).name());
        assertEquals("stock.hs.example.", peer(first, 2).name());
        assertFalse(first.packetFilter().isEmpty());
        DerpMap relays = Objects.requireNonNull(first.derpMap());
        assertEquals(Set.of(900), Objects.requireNonNull(relays.regions()).keySet());
        assertTrue(Objects.requireNonNull(first.dns()).proxied(), "names are resolved by the node");
    }

    @Test
    void tellsWhatHappened() throws Exception {
        Set<Boolean> hasRoute = new HashSet<>();
        NetMap last = maps(1 << 20).getLast();
        for (NetMap map : maps(1 << 20)) {
            hasRoute.add(peer(map, 1).acceptedPrefixes().contains(ROUTE));
        }

        assertEquals(Set.of(true, false), hasRoute);
        assertTrue(peer(last, 1).acceptedPrefixes().contains(ROUTE));
        assertEquals(900, peer(last, 2).homeDerp());
        assertFalse(peer(last, 2).endpoints().isEmpty());
        assertFalse(peer(last, 2).discoKey().isZero());
    }
}
