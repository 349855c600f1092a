package io.penstock.node.path.core;

import static io.penstock.node.path.core.World.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.nacl.Box;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What strangers, and peers that mean ill, can do to a node by discovery packets. */
class HostilePacketsTest {
    private static final BouncyCastleX25519 X25519 = new BouncyCastleX25519();
    private static final Endpoint PEER_ADDRESS = Endpoint.parse("203.0.113.7:41641");
    private static final Endpoint ELSEWHERE = Endpoint.parse("203.0.113.66:1000");
    private static final int REGION = 900;

    private final Seeded entropy = new Seeded(5);
    private final PrivateKey ownDisco = PrivateKey.generate(entropy);
    private final PrivateKey peerDisco = PrivateKey.generate(entropy);
    private final NodeKey own = new NodeKey(PrivateKey.generate(entropy).publicKey(X25519));
    private final NodeKey peer = new NodeKey(PrivateKey.generate(entropy).publicKey(X25519));
    private final DiscoKey peerKey = new DiscoKey(peerDisco.publicKey(X25519));
    private final DiscoKey ownKey = new DiscoKey(ownDisco.publicKey(X25519));
    private final PathCore core = new PathCore(X25519, new Seeded(6), ownDisco, PathSettings.DEFAULT);
    private long nowNs = 1000 * SECOND;

    @BeforeEach
    void map() {
        core.onMap(
                Maps.map(
                        node(1, own, ownKey, "100.64.0.1/32"),
                        List.of(node(2, peer, peerKey, "100.64.0.2/32")),
                        World.relays()),
                nowNs);
        core.onPort(41641, nowNs);
        actions();
    }

    private static Node node(long id, NodeKey key, DiscoKey disco, String address) {
        return Maps.node(id, key, disco, List.of(Prefix.parse(address)), List.of(), REGION);
    }

    private List<PathAction> actions() {
        List<PathAction> all = new ArrayList<>();
        for (PathAction action = core.poll(); action != null; action = core.poll()) {
            all.add(action);
        }
        return all;
    }

    private long datagrams() {
        return actions().stream()
                .filter(action -> action instanceof PathAction.SendDatagram)
                .count();
    }

    private byte[] seal(PrivateKey sender, DiscoKey receiver, DiscoMessage message) {
        Box box = Objects.requireNonNull(Box.between(X25519, sender, receiver.value()));
        return DiscoPacket.seal(message, new DiscoKey(sender.publicKey(X25519)), box, entropy);
    }

    private byte[] fromPeer(DiscoMessage message) {
        return seal(peerDisco, ownKey, message);
    }

    private DiscoMessage.Ping ping() {
        return new DiscoMessage.Ping(TransactionId.random(entropy), peer, 0);
    }

    private int candidates() {
        return Objects.requireNonNull(core.view(peer, nowNs)).candidates();
    }

    @Test
    void answersAPeersPingWhereItCameFrom() {
        Endpoint withLocal = PEER_ADDRESS.withLocal(0, 0x0a000001, 3);
        core.onDatagram(withLocal, fromPeer(ping()), nowNs);
        PathAction.SendDatagram answer =
                assertInstanceOf(PathAction.SendDatagram.class, actions().getFirst());
        assertEquals(withLocal, answer.to());
        Box box = Objects.requireNonNull(Box.between(X25519, peerDisco, ownKey.value()));
        DiscoMessage.Pong pong = assertInstanceOf(DiscoMessage.Pong.class, DiscoPacket.open(answer.datagram(), box));
        assertEquals(PEER_ADDRESS, pong.source());
    }

    @Test
    void answersNobodyElse() {
        PrivateKey stranger = PrivateKey.generate(entropy);
        core.onDatagram(ELSEWHERE, seal(stranger, ownKey, ping()), nowNs);
        assertEquals(List.of(), actions());
        assertEquals(1, core.ignored(Ignored.UNKNOWN_SENDER));
        core.onDatagram(ELSEWHERE, seal(ownDisco, ownKey, ping()), nowNs);
        assertEquals(2, core.ignored(Ignored.UNKNOWN_SENDER), "our own key is nobody's either");
        byte[] forOthers = seal(peerDisco, peerKey, ping());
        core.onDatagram(ELSEWHERE, forOthers, nowNs);
        assertEquals(1, core.ignored(Ignored.NOT_AUTHENTIC));
        assertEquals(List.of(), actions());
    }

    @Test
    void survivesAnyChangedPacket() {
        byte[] good = fromPeer(ping());
        for (int i = 0; i < good.length; i++) {
            byte[] changed = good.clone();
            changed[i] ^= 0x40;
            core.onDatagram(ELSEWHERE, changed, nowNs);
            core.onRelayPacket(REGION, peer, changed, nowNs);
        }
        for (int length = 0; length < good.length; length++) {
            core.onDatagram(ELSEWHERE, Arrays.copyOf(good, length), nowNs);
        }
        assertEquals(List.of(), actions());
        assertEquals(0, candidates());
    }

    @Test
    void survivesAnyPlaintext() {
        Random random = new Random(8);
        Box box = Objects.requireNonNull(Box.between(X25519, peerDisco, ownKey.value()));
        for (int i = 0; i < 20_000; i++) {
            byte[] plaintext = new byte[random.nextInt(120)];
            random.nextBytes(plaintext);
            if (plaintext.length > 1) {
                plaintext[0] = (byte) random.nextInt(11);
                plaintext[1] = 0;
            }
            byte[] sealed = box.seal(plaintext, entropy);
            byte[] packet = Arrays.copyOf(fromPeer(ping()), 38 + sealed.length);
            System.arraycopy(sealed, 0, packet, 38, sealed.length);
            if (random.nextBoolean()) {
                core.onDatagram(PEER_ADDRESS, packet, nowNs);
            } else {
                core.onRelayPacket(REGION, peer, packet, nowNs);
            }
            nowNs += 10_000_000;
            core.onTime(nowNs);
            assertTrue(actions().size() <= Candidates.MAX + 2);
            assertTrue(candidates() <= Candidates.MAX);
        }
    }

    @Test
    void answersARecordedPingOnce() {
        byte[] recorded = fromPeer(ping());
        core.onDatagram(PEER_ADDRESS, recorded, nowNs);
        assertEquals(1, datagrams());
        for (int i = 1; i <= 100; i++) {
            core.onDatagram(Endpoint.v4(0xcb007142, i), recorded, nowNs);
        }
        assertEquals(0, datagrams());
        assertEquals(100, core.ignored(Ignored.DUPLICATE_PING));
        assertEquals(1, candidates());
    }

    @Test
    void sendsNoMoreThanItGets() {
        long before = 0;
        long received = 0;
        core.onTraffic(peer, true, true, nowNs);
        actions();
        for (int i = 1; i <= 1000; i++) {
            byte[] ping = fromPeer(ping());
            core.onDatagram(Endpoint.v4(0xcb007142, i), ping, nowNs);
            received += ping.length;
            before += actions().stream()
                    .mapToLong(action -> action instanceof PathAction.SendDatagram send ? send.datagram().length : 0)
                    .sum();
        }
        assertTrue(before <= 2 * received, before + " bytes for " + received);
        assertTrue(candidates() <= Candidates.MAX);
    }

    @Test
    void forgetsAddressesThatOnlyPingsCameFrom() {
        core.onDatagram(PEER_ADDRESS, fromPeer(ping()), nowNs);
        assertEquals(1, candidates());
        nowNs += 46 * SECOND;
        core.onTraffic(peer, true, true, nowNs);
        assertEquals(0, candidates());
    }

    @Test
    void takesACallOnlyThroughARelayFromTheNodeThatSealedIt() {
        byte[] call = fromPeer(new DiscoMessage.CallMeMaybe(List.of(PEER_ADDRESS)));
        core.onDatagram(PEER_ADDRESS, call, nowNs);
        assertEquals(1, core.ignored(Ignored.CALL_BY_OTHER_WAY));
        core.onRelayPacket(REGION, own, call, nowNs);
        assertEquals(2, core.ignored(Ignored.CALL_BY_OTHER_WAY));
        assertEquals(0, datagrams());
        core.onRelayPacket(REGION, peer, call, nowNs);
        assertEquals(1, datagrams());
    }

    @Test
    void pingsAFewAddressesOfACallAndNotAsOftenAsItIsAsked() {
        List<Endpoint> many = new ArrayList<>();
        for (int i = 1; i <= 3000; i++) {
            many.add(Endpoint.v4(0xcb007142, i));
        }
        byte[] call = fromPeer(new DiscoMessage.CallMeMaybe(many));
        core.onRelayPacket(REGION, peer, call, nowNs);
        assertEquals(Candidates.MAX_OF_LIST, datagrams());
        for (int i = 0; i < 100; i++) {
            core.onRelayPacket(REGION, peer, call, nowNs);
        }
        assertEquals(0, datagrams());
        assertEquals(100, core.ignored(Ignored.CALL_TOO_SOON));
        assertTrue(candidates() <= Candidates.MAX);
    }

    @Test
    void sendsNothingToAddressesThatAreNoPeers() {
        List<Endpoint> bad = List.of(
                Endpoint.parse("127.0.0.1:53"),
                Endpoint.parse("0.0.0.0:53"),
                Endpoint.parse("224.0.0.251:5353"),
                Endpoint.parse("255.255.255.255:9"),
                Endpoint.parse("203.0.113.7:0"),
                Endpoint.parse("100.64.0.1:41641"),
                Endpoint.parse("100.64.0.2:41641"),
                Endpoint.parse("[fe80::1]:41641"),
                Endpoint.parse("[ff02::1]:41641"),
                Endpoint.parse("[::1]:41641"),
                Endpoint.parse("[::]:41641"),
                Endpoint.relay(7));
        core.onRelayPacket(REGION, peer, fromPeer(new DiscoMessage.CallMeMaybe(bad)), nowNs);
        assertEquals(0, datagrams());
        assertEquals(0, candidates());
        for (Endpoint source : bad) {
            core.onDatagram(source, fromPeer(ping()), nowNs);
        }
        assertEquals(0, datagrams());
        assertEquals(bad.size(), core.ignored(Ignored.BAD_ADDRESS));
    }

    @Test
    void usesNoEndpointThatIsReachedThroughTheTunnel() {
        core.onRoutes(List.of(Prefix.parse("203.0.113.0/24"), Prefix.parse("0.0.0.0/0")), nowNs);
        Endpoint outside = Endpoint.parse("198.51.100.7:41641");
        byte[] call = fromPeer(new DiscoMessage.CallMeMaybe(List.of(PEER_ADDRESS, outside)));
        core.onRelayPacket(REGION, peer, call, nowNs);
        List<PathAction> sent = actions();
        assertEquals(1, sent.size());
        assertEquals(
                outside,
                assertInstanceOf(PathAction.SendDatagram.class, sent.getFirst()).to());
    }

    @Test
    void believesNoPongThatItDidNotAskFor() {
        core.onTraffic(peer, true, true, nowNs);
        actions();
        core.onDatagram(
                PEER_ADDRESS, fromPeer(new DiscoMessage.Pong(TransactionId.random(entropy), PEER_ADDRESS)), nowNs);
        assertEquals(1, core.ignored(Ignored.UNEXPECTED_PONG));
        assertEquals(
                PathView.Kind.RELAY,
                Objects.requireNonNull(core.view(peer, nowNs)).kind());
    }

    @Test
    void believesNoStunThatItDidNotAskFor() {
        byte[] answer = BindingResponse.encode(TransactionId.random(entropy), ELSEWHERE);
        core.onDatagram(World.STUN_SERVER, answer, nowNs);
        assertEquals(1, core.ignored(Ignored.UNEXPECTED_STUN));
    }

    @Test
    void countsWhatIsNotForIt() {
        core.onDatagram(PEER_ADDRESS, HexFormat.of().parseHex("00807a110000ab00"), nowNs);
        assertEquals(1, core.ignored(Ignored.PEER_RELAY));
        core.onDatagram(PEER_ADDRESS, new byte[] {1, 2, 3}, nowNs);
        assertEquals(1, core.ignored(Ignored.OTHER_DATAGRAM));
    }

    /** Bytes that PyNaCl sealed and a Tailscale node opened. */
    @Test
    void answersAForeignPing() {
        HexFormat hex = HexFormat.of();
        PrivateKey bob =
                PrivateKey.of(hex.parseHex("20b3073dc307dadede9aaa97dc12f9c088d7145c97a1f1e5b38d49b0d3a90c61"));
        DiscoKey alice = DiscoKey.parse("discokey:1ee41404e7a0cc937a2dea7672b794bfe323cede499a31bed76150b10236206f");
        NodeKey aliceNode = NodeKey.parse("nodekey:de2f434560859d2ccd938efa55fe59e88fe819fb619e8c75fb75057c37d3845d");
        PathCore atBob = new PathCore(X25519, entropy, bob, PathSettings.DEFAULT);
        assertEquals(
                "discokey:17ecaace4c9279f707ce4409dc112231a071f44ad52505097c661bffb581ab59",
                atBob.discoKey().toString());
        atBob.onMap(
                Maps.map(
                        node(1, own, atBob.discoKey(), "100.64.0.1/32"),
                        List.of(node(2, aliceNode, alice, "100.64.0.2/32")),
                        World.relays()),
                nowNs);
        assertInstanceOf(PathAction.UseEndpoint.class, atBob.poll());
        assertNull(atBob.poll());
        byte[] ping = hex.parseHex("5453f09f92ac1ee41404e7a0cc937a2dea7672b794bfe323cede499a31bed76150b10236206f"
                + "810e539361437e8a4d85ec897828b15ca03bbe6b2e5cb6ed9d8cc9774e04ab96be222640bbe0f9173f4ba02117d852599057634b"
                + "d02b3a7cbc815e730f2bf7bb7312ff0bad75bce2d9da4d80f5b017f28263df11be07");
        atBob.onDatagram(Endpoint.parse("192.0.2.7:41641"), ping, nowNs);
        PathAction.SendDatagram answer = assertInstanceOf(PathAction.SendDatagram.class, atBob.poll());
        assertEquals(110, answer.datagram().length);
        assertNotNull(answer.to());
    }
}
