package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Dump;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.WgInterface;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Who owns which addresses, in any number.
 *
 * <pre>
 *   left -- interface ==== world: lo ==== interface -- right      (the first test)
 *
 *   world: an interface                                           (the others)
 * </pre>
 */
@Tag("live")
class AllowedIpsRulesTest {
    private static final Duration MOMENT = Duration.ofSeconds(5);
    private static final int QUIET_MILLIS = 1000;

    @Test
    void deliversNothingFromAnAddressThatIsMoreSpecificallyAnothers() throws Exception {
        try (MovedPair moved = MovedPair.start()) {
            Side left = moved.left();
            Side right = moved.right();
            moved.meetAndReach(true);
            left.peer(right.keys.publicKey(), "allowed-ips 10.66.0.0/24");
            InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(left.inner4), 1111);
            try (DatagramChannel receiver =
                            moved.left.call(() -> DatagramChannel.open().bind(address));
                    DatagramChannel sender =
                            moved.right.call(() -> DatagramChannel.open().connect(address))) {
                receiver.configureBlocking(false);
                send(sender, "allowed");
                awaitOnly(receiver, "allowed");

                String stranger = KeyPair.make().publicKey();
                left.peer(stranger, "allowed-ips " + right.inner4 + "/32");
                right.wg.wg("set", "listen-port 9997");
                send(sender, "refused");
                Await.millis(QUIET_MILLIS);
                assertEquals("", read(receiver));

                // It was authentic, so the endpoint follows.
                Dump.Peer peer = Objects.requireNonNull(left.wg.dump().peers().get(right.keys.publicKey()));
                assertEquals("[::1]:9997", peer.endpoint());

                left.peer(stranger, "remove");
                send(sender, "again");
                awaitOnly(receiver, "again");
            }
        }
    }

    private static void send(DatagramChannel sender, String text) throws IOException {
        sender.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void awaitOnly(DatagramChannel receiver, String text) {
        StringBuilder seen = new StringBuilder();
        Await.until(text + " arrives", MOMENT, () -> {
            seen.append(read(receiver));
            return seen.length() > 0;
        });
        assertEquals(text, seen.toString());
    }

    /** What has come in, empty if nothing. */
    private static String read(DatagramChannel receiver) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(64);
            receiver.receive(buffer);
            return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void tellsAtOnceThatNobodyOwnsAnAddress() {
        try (Site world = Site.make("world");
                Side side = Side.start(world, world, 66, 1)) {
            side.configure();

            String out =
                    world.run("ping", "-n", "-c", "1", "-W", "1", "10.66.0.9").out();
            assertTrue(out.contains("From 10.66.0.9 icmp_seq=1 Destination Host Unreachable"), out);
            out = world.run("ping", "-n", "-c", "1", "-W", "1", "fd66::9").out();
            assertTrue(out.contains("From fd66::9 icmp_seq=1 Destination unreachable: Address unreachable"), out);
        }
    }

    @Test
    void keeps130560PrefixesOfOnePeer() {
        Set<String> prefixes = new HashSet<>();
        for (int a = 1; a <= 255; a++) {
            for (int b = 0; b <= 255; b++) {
                prefixes.add(a + "." + b + ".0.0/16");
                prefixes.add(a + "::" + (b == 0 ? "" : b) + "/128");
            }
        }
        assertEquals(130_560, prefixes.size());
        mustKeep(Map.of(KeyPair.make().publicKey(), prefixes));
    }

    @Test
    void keeps52PrefixesOfEachOf40Peers() {
        Map<String, Set<String>> peers = new HashMap<>();
        for (int a = 1; a <= 40; a++) {
            Set<String> prefixes = new HashSet<>();
            for (int b = 1; b <= 52; b++) {
                prefixes.add(a + "." + b + ".0.0/16");
            }
            peers.put(KeyPair.make().publicKey(), prefixes);
        }
        mustKeep(peers);
    }

    @Test
    void keepsPrefixesOfTheLastOf30Peers() {
        Map<String, Set<String>> peers = new HashMap<>();
        for (int i = 1; i < 30; i++) {
            peers.put(KeyPair.make().publicKey(), Set.of());
        }
        peers.put(KeyPair.make().publicKey(), Set.of("255.2.3.4/32", "abcd::255/128"));
        mustKeep(peers);
    }

    @Test
    void keeps197PrefixesAfterAPeerThatHasNone() {
        Set<String> prefixes = new HashSet<>();
        for (int i = 1; i <= 197; i++) {
            prefixes.add("abcd::" + i + "/128");
        }
        Map<String, Set<String>> peers = new HashMap<>();
        peers.put(KeyPair.make().publicKey(), Set.of());
        peers.put(KeyPair.make().publicKey(), prefixes);
        mustKeep(peers);
    }

    /** Sets all of it at once, reads it back, and once more from what it shows as its own configuration. */
    private static void mustKeep(Map<String, Set<String>> peers) {
        StringBuilder text =
                new StringBuilder("[Interface]\nPrivateKey = " + KeyPair.make().privateKey() + "\n");
        peers.forEach((key, prefixes) -> {
            text.append("[Peer]\nPublicKey = ").append(key).append('\n');
            prefixes.forEach(
                    prefix -> text.append("AllowedIPs = ").append(prefix).append('\n'));
        });
        try (Site world = Site.make("world");
                WgInterface wg = WgInterface.start(Program.subject(), world)) {
            wg.configure("setconf", text.toString()).mustSucceed();
            assertSame(peers, wg);

            String shown = wg.wg("showconf", "");
            wg.configure("setconf", "[Interface]\n").mustSucceed();
            assertTrue(wg.dump().peers().isEmpty());
            wg.configure("setconf", shown).mustSucceed();
            assertSame(peers, wg);
        }
    }

    private static void assertSame(Map<String, Set<String>> peers, WgInterface wg) {
        Map<String, Dump.Peer> shown = wg.dump().peers();
        assertEquals(peers.keySet(), shown.keySet());
        shown.forEach((key, peer) -> {
            List<String> prefixes = new ArrayList<>(peer.allowedIps());
            prefixes.remove("(none)");
            Set<String> expected = Objects.requireNonNull(peers.get(key));
            assertEquals(expected.size(), prefixes.size(), "prefixes of " + key);
            assertTrue(expected.containsAll(prefixes), () -> "prefixes of " + key);
        });
    }

    @Test
    void replacesAllPrefixesByOneThatHoldsThem() {
        try (Site world = Site.make("world");
                WgInterface wg = WgInterface.start(Program.subject(), world)) {
            String peer = "peer " + KeyPair.make().publicKey() + " allowed-ips ";
            for (List<String> sets : List.of(
                    List.of("0.0.0.0/0,10.0.0.0/8,100.0.0.0/10,172.16.0.0/12,192.168.0.0/16", "0.0.0.0/0"),
                    List.of("::/0,1700::/111,5000::/4,e000::/37,9000::/75", "::/0"))) {
                for (String prefixes : sets) {
                    wg.wg("set", peer + prefixes);
                    List<String> shown = wg.dump().onlyPeer().allowedIps();
                    assertEquals(Set.of(prefixes.split(",")), new HashSet<>(shown));
                    assertFalse(shown.isEmpty());
                }
            }
        }
    }
}
