package io.penstock.engine.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Action;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.peer.Peer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The whole way from text to a real device and back. */
class DeviceConfiguratorTest {
    private static final String OWN = "08" + "11".repeat(30) + "41"; // clamped
    private static final String OWN_PUBLIC = publicKey(OWN);
    private static final String A = publicKey("20" + "22".repeat(30) + "62");
    private static final String B = publicKey("30" + "33".repeat(30) + "73");
    private static final String PSK = "c3".repeat(32);
    private static final String NONE = "00".repeat(32);

    private final TestInterface wg = new TestInterface(1);

    @Test
    void showsNothingAtFirst() {
        assertEquals(List.of("errno=0", ""), wg.get());
    }

    @Test
    void showsWhatWasSet() {
        assertEquals(
                0,
                wg.set(
                        "private_key=" + OWN,
                        "listen_port=51820",
                        "fwmark=51820",
                        "replace_peers=true",
                        "public_key=" + A,
                        "preshared_key=" + PSK,
                        "endpoint=192.0.2.1:1",
                        "persistent_keepalive_interval=25",
                        "replace_allowed_ips=true",
                        "allowed_ip=10.0.0.9/24",
                        "allowed_ip=fd00::/64",
                        "public_key=" + B));
        assertEquals(
                List.of(
                        "private_key=" + OWN,
                        "listen_port=51820",
                        "fwmark=51820",
                        "public_key=" + A,
                        "preshared_key=" + PSK,
                        "protocol_version=1",
                        "endpoint=192.0.2.1:1",
                        "last_handshake_time_sec=0",
                        "last_handshake_time_nsec=0",
                        "tx_bytes=0",
                        "rx_bytes=0",
                        "persistent_keepalive_interval=25",
                        "allowed_ip=10.0.0.0/24",
                        "allowed_ip=fd00::/64",
                        "public_key=" + B,
                        "preshared_key=" + NONE,
                        "protocol_version=1",
                        "last_handshake_time_sec=0",
                        "last_handshake_time_nsec=0",
                        "tx_bytes=0",
                        "rx_bytes=0",
                        "persistent_keepalive_interval=0",
                        "errno=0",
                        ""),
                wg.get());
    }

    /** A new key makes handshakes at once where the device is up; they must not have stamps that an earlier run has used. */
    @Test
    void restoresTimestampsBeforeTheKeyIsUsed() {
        long floor = 2_000_000_000;
        List<String> told = new ArrayList<>();
        wg.onIdentity = key -> {
            told.add(String.valueOf(wg.device.publicKey()) + " " + key);
            wg.device.restoreTimestamp(floor, 0);
        };
        wg.device.up(wg.nowNs);
        wg.set("public_key=" + A, "endpoint=192.0.2.1:1", "persistent_keepalive_interval=25");
        wg.actions.clear();

        wg.set("private_key=" + OWN);
        wg.set("private_key=" + OWN, "private_key=" + NONE);

        PublicKey own = PublicKey.parseHex(OWN_PUBLIC);
        assertEquals(List.of("null " + own, own + " null"), told);
        List<Long> stored = wg.actions.stream()
                .filter(Action.PersistTimestamp.class::isInstance)
                .map(action -> ((Action.PersistTimestamp) action).seconds())
                .toList();
        assertFalse(stored.isEmpty());
        assertTrue(stored.get(0) > floor, stored::toString);
    }

    @Test
    void leavesTheEndpointToWhoeverManagesIt() {
        Change.SelectPeer select = new Change.SelectPeer(PublicKey.parseHex(A));
        DeviceConfigurator configurator = new DeviceConfigurator(wg.device, wg);
        assertEquals(0, configurator.apply(new PeerBlock(), List.of(select, new Change.ManageEndpoint()), wg.nowNs));
        Peer peer = wg.device.peer(PublicKey.parseHex(A));
        assertTrue(peer != null && peer.isEndpointManaged());
        wg.set("public_key=" + B);
        Peer other = wg.device.peer(PublicKey.parseHex(B));
        assertFalse(other == null || other.isEndpointManaged());

        Change.SetEndpoint relay = new Change.SetEndpoint(Endpoint.relay(0xabc));
        assertEquals(0, configurator.apply(new PeerBlock(), List.of(select, relay), wg.nowNs));
        assertTrue(wg.get().contains("endpoint=[100::abc]:1"), "in a form that every tool reads");
    }

    @Test
    void clampsThePrivateKey() {
        wg.set("private_key=" + "ff".repeat(32));
        assertEquals("private_key=f8" + "ff".repeat(30) + "7f", wg.get().get(0));
    }

    @Test
    void removesThePrivateKeyByZero() {
        wg.set("private_key=" + OWN);
        wg.set("private_key=" + NONE);
        assertEquals(List.of("errno=0", ""), wg.get());
        assertNull(wg.device.publicKey());
    }

    @Test
    void removesThePeerThatBecomesOurselves() {
        wg.set("public_key=" + OWN_PUBLIC, "public_key=" + A);
        wg.set("private_key=" + OWN);
        assertEquals(1, wg.device.peerCount());
    }

    @Test
    void readsAndIgnoresABlockOfOurOwnKey() {
        assertEquals(
                0,
                wg.set(
                        "private_key=" + OWN,
                        "public_key=" + OWN_PUBLIC,
                        "endpoint=192.0.2.1:1",
                        "allowed_ip=10.0.0.0/8",
                        "update_only=true",
                        "remove=true"));
        assertEquals(0, wg.device.peerCount());
        assertEquals(0, wg.device.allowedIps().size());
    }

    @Test
    void refusesABadLineInABlockOfOurOwnKey() {
        assertEquals(-22, wg.set("private_key=" + OWN, "public_key=" + OWN_PUBLIC, "allowed_ip=x"));
    }

    @Test
    void repliesAddressInUseWhenASocketRefuses() {
        assertEquals(-13, wg.set("fwmark=7", "listen_port=1", "fwmark=8"));
        assertEquals(7, wg.fwmark());
        assertEquals(-1, wg.set("fwmark=1"));
        assertEquals(7, wg.fwmark());
    }

    @Test
    void keepsWhatCameBeforeTheError() {
        assertEquals(
                -22, wg.set("public_key=" + A, "allowed_ip=10.0.0.0/8", "endpoint=nowhere:1", "allowed_ip=11.0.0.0/8"));
        assertEquals(1, wg.device.allowedIps().size());
        assertNull(wg.peer(A).endpoint());
    }

    @Test
    void removesPeers() {
        wg.set("public_key=" + A, "public_key=" + B);
        assertEquals(0, wg.set("public_key=" + A, "remove=true", "allowed_ip=10.0.0.0/8", "endpoint=192.0.2.1:1"));
        assertNull(wg.device.peer(PublicKey.parseHex(A)));
        assertEquals(1, wg.device.peerCount());
        assertEquals(0, wg.device.allowedIps().size());
    }

    @Test
    void removingAnUnknownPeerLeavesNothing() {
        assertEquals(0, wg.set("public_key=" + A, "remove=true"));
        assertEquals(0, wg.device.peerCount());
    }

    @Test
    void updatesOnlyWhatIsThere() {
        wg.set("public_key=" + A);
        assertEquals(
                0,
                wg.set(
                        "public_key=" + A,
                        "update_only=true",
                        "persistent_keepalive_interval=5",
                        "public_key=" + B,
                        "update_only=true",
                        "persistent_keepalive_interval=5"));
        assertEquals(1, wg.device.peerCount());
        assertEquals(5, wg.device.persistentKeepalive(wg.peer(A)));
    }

    @Test
    void replacesPeers() {
        wg.set("public_key=" + A);
        wg.set("replace_peers=true", "public_key=" + B);
        assertEquals(1, wg.device.peerCount());
        assertEquals(PublicKey.parseHex(B), wg.peer(B).publicKey());
    }

    @Test
    void replacesAllowedIps() {
        wg.set("public_key=" + A, "allowed_ip=10.0.0.0/8", "allowed_ip=11.0.0.0/8");
        wg.set("public_key=" + A, "replace_allowed_ips=true", "allowed_ip=12.0.0.0/8");
        assertEquals(
                List.of("allowed_ip=12.0.0.0/8"),
                wg.get().stream().filter(line -> line.startsWith("allowed_ip")).toList());
    }

    @Test
    void movesAnAllowedIpToTheLastWhoAsks() {
        wg.set("public_key=" + A, "allowed_ip=10.0.0.0/8", "public_key=" + B, "allowed_ip=10.9.9.9/8");
        assertEquals(wg.peer(B), wg.device.allowedIps().lookup4(0x0A000001));
        assertEquals(1, wg.device.allowedIps().size());
    }

    @Test
    void forgetsAnAllowedIpThatWasGivenTwice() {
        wg.set("public_key=" + A, "allowed_ip=10.0.0.0/8", "allowed_ip=10.0.0.0/8", "replace_allowed_ips=true");
        assertEquals(0, wg.device.allowedIps().size());
    }

    @Test
    void removesOnlyItsOwnAllowedIps() {
        wg.set("public_key=" + A, "allowed_ip=10.0.0.0/8", "public_key=" + B, "allowed_ip=-10.0.0.0/8");
        assertEquals(1, wg.device.allowedIps().size());
        wg.set("public_key=" + A, "allowed_ip=-10.1.2.3/8");
        assertEquals(0, wg.device.allowedIps().size());
    }

    @Test
    void sendsAKeepaliveWhenItIsSwitchedOnAndOnlyThen() {
        wg.set("private_key=" + OWN, "public_key=" + A, "endpoint=192.0.2.1:1");
        wg.device.up(wg.nowNs);
        wg.actions.clear();
        wg.set("public_key=" + A, "persistent_keepalive_interval=25");
        assertEquals(1, handshakes(), () -> wg.actions.toString());
        wg.actions.clear();
        wg.nowNs += 1_000_000_000L; // before the handshake is tried again
        wg.set("public_key=" + A, "persistent_keepalive_interval=30");
        assertEquals(0, handshakes(), () -> wg.actions.toString());
    }

    @Test
    void sendsNoKeepaliveWhileDown() {
        wg.set("private_key=" + OWN, "public_key=" + A, "endpoint=192.0.2.1:1", "persistent_keepalive_interval=25");
        assertEquals(0, handshakes());
    }

    @Test
    void greetsANewPeerWhoseEndpointComesLast() {
        wg.set("private_key=" + OWN);
        wg.device.up(wg.nowNs);
        wg.set("public_key=" + A, "persistent_keepalive_interval=25", "endpoint=192.0.2.1:1");
        assertEquals(1, handshakes(), () -> wg.actions.toString());
    }

    @Test
    void ignoresTheRestOfABlockWhosePeerAnotherSessionRemoved() {
        SessionDriver slow = new SessionDriver(wg);
        slow.send("set=1\npublic_key=" + A + "\n");
        slow.send("allowed_ip=10.0.0.0/8\n".repeat(Change.BATCH)); // reaches the device
        Peer removed = wg.peer(A);
        wg.set("replace_peers=true");
        slow.send("allowed_ip=11.0.0.0/8\n".repeat(Change.BATCH) + "endpoint=192.0.2.1:1\n\n");
        assertEquals("errno=0\n\n", slow.replies());
        assertTrue(removed.isRemoved());
        assertEquals(0, wg.device.allowedIps().size());
    }

    @Test
    void keepsTwoInterleavedRequestsApart() {
        SessionDriver one = new SessionDriver(wg);
        SessionDriver two = new SessionDriver(wg);
        one.send("set=1\npublic_key=" + A + "\n" + "allowed_ip=10.0.0.0/8\n".repeat(Change.BATCH));
        two.send("set=1\npublic_key=" + B + "\n" + "allowed_ip=11.0.0.0/8\n".repeat(Change.BATCH));
        one.send("allowed_ip=12.0.0.0/8\n\n");
        two.send("allowed_ip=13.0.0.0/8\n\n");
        assertEquals(wg.peer(A), wg.device.allowedIps().lookup4(12 << 24));
        assertEquals(wg.peer(B), wg.device.allowedIps().lookup4(13 << 24));
    }

    @Test
    void refusesAPeerBeyondTheMost() {
        StringBuilder request = new StringBuilder("set=1\n");
        int most = Protocol.MAX_PEERS;
        for (int i = 0; i < most + 1; i++) {
            request.append("public_key=").append("%064x".formatted(i + 1)).append('\n');
        }
        assertEquals("errno=-22\n\n", SessionDriver.exchange(wg, request + "\n"));
        assertEquals(most, wg.device.peerCount());
    }

    @Test
    void refusesWhatTheHeapHasNoRoomFor() {
        TestInterface small = new TestInterface(
                1,
                DeviceConfigurator.PEER_BYTES
                        + 3 * DeviceConfigurator.PREFIX_BYTES
                        + DeviceConfigurator.PREFIX_BYTES / 2);
        int enomem = -12;
        assertEquals(
                enomem,
                small.set(
                        "public_key=" + A,
                        "allowed_ip=10.0.0.1/32",
                        "allowed_ip=10.0.0.2/32",
                        "allowed_ip=fd00::3/128",
                        "allowed_ip=10.0.0.4/32",
                        "allowed_ip=10.0.0.5/32"));
        assertEquals(3, small.device.allowedIps().size());
        assertEquals(enomem, small.set("public_key=" + B));
        assertEquals(1, small.device.peerCount());

        assertEquals(0, small.set("public_key=" + A, "allowed_ip=10.0.0.1/32"), "it is there already");
        assertEquals(0, small.set("public_key=" + A, "allowed_ip=-10.0.0.1/32", "allowed_ip=10.0.0.4/32"));
        assertEquals(0, small.set("public_key=" + A, "remove=true", "public_key=" + B, "allowed_ip=10.0.0.4/32"));
    }

    /** A reply is made part by part, also within one peer; a change between two parts leaves it well-formed. */
    @Test
    void readsTheManyPrefixesOfOnePeerInParts() {
        int prefixes = 50_000;
        List<String> expected = new ArrayList<>();
        StringBuilder request = new StringBuilder("set=1\npublic_key=" + A + "\n");
        for (int i = 0; i < prefixes; i++) {
            expected.add("allowed_ip=10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255) + "/32");
            request.append(expected.getLast()).append('\n');
        }
        assertEquals(
                "errno=0\n\n", SessionDriver.exchange(wg, request + "public_key=" + B + "\nallowed_ip=fd00::/8\n\n"));

        assertEquals(expected, allowedIps(0, prefixes));
        assertEquals(List.of("allowed_ip=fd00::/8"), allowedIps(prefixes, prefixes + 1));
        assertTrue(wg.reads >= 6, "visits of the control agent: " + wg.reads);

        Snapshot snapshot = new Snapshot();
        int seen = 0;
        while (!snapshot.isComplete()) {
            assertEquals(0, wg.read(snapshot));
            for (Snapshot.Item item : snapshot.items()) {
                if (item instanceof Snapshot.Item.AllowedIps part) {
                    assertTrue(
                            part.prefixes().size() <= 8_192,
                            () -> "a part of " + part.prefixes().size());
                    seen += part.prefixes().size();
                }
            }
            snapshot.wipe();
            wg.set(
                    "public_key=" + A,
                    "allowed_ip=-10.0.0." + seen % 200 + "/32",
                    "allowed_ip=10.9.0." + seen % 200 + "/32");
        }
        assertTrue(Math.abs(seen - prefixes) < 20, "saw " + seen);

        Snapshot cut = new Snapshot();
        wg.read(cut);
        cut.wipe();
        wg.set("public_key=" + A, "remove=true");
        wg.read(cut);
        assertTrue(cut.isComplete());
    }

    private List<String> allowedIps(int from, int to) {
        List<String> lines =
                wg.get().stream().filter(line -> line.startsWith("allowed_ip=")).toList();
        assertTrue(lines.size() >= to, () -> lines.size() + " prefixes");
        return lines.subList(from, to);
    }

    @Test
    void carriesAHugeSetInManyVisits() {
        StringBuilder request = new StringBuilder("set=1\n");
        int perPeer = 510;
        for (int peer = 0; peer < 256; peer++) {
            request.append("public_key=").append("%064x".formatted(peer + 1)).append('\n');
            for (int i = 0; i < perPeer; i++) {
                request.append("allowed_ip=")
                        .append(peer)
                        .append('.')
                        .append(i >> 8)
                        .append('.')
                        .append(i & 255)
                        .append(".0/24\n");
            }
        }
        assertEquals("errno=0\n\n", SessionDriver.exchange(wg, request + "\n"));
        assertEquals(256 * perPeer, wg.device.allowedIps().size()); // 130,560
        List<String> lines = wg.get();
        assertEquals(256 * (perPeer + 8) + 2, lines.size());
        assertEquals("errno=0", lines.get(lines.size() - 2));
        assertTrue(wg.reads >= 10, "visits of the control agent: " + wg.reads);
    }

    @Test
    void neverShowsAKeyInText() {
        Snapshot snapshot = new Snapshot();
        wg.set("private_key=" + OWN, "public_key=" + A, "preshared_key=" + PSK);
        wg.read(snapshot);
        String text = snapshot.items() + " "
                + new Change.PresharedKey(new Secret(HexFormat.of().parseHex(PSK)));
        assertFalse(text.contains(PSK.substring(0, 6)));
        assertFalse(text.contains(OWN.substring(0, 6)));
        snapshot.wipe();
        assertTrue(snapshot.items().isEmpty());
    }

    private long handshakes() {
        return wg.actions.stream()
                .filter(Action.SendHandshake.class::isInstance)
                .count();
    }

    private static String publicKey(String privateKey) {
        byte[] key = new byte[32];
        new BouncyCastleX25519().publicKey(HexFormat.of().parseHex(privateKey), key);
        return HexFormat.of().formatHex(key);
    }
}
