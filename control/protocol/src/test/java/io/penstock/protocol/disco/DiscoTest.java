package io.penstock.protocol.disco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.disco.DiscoMessage.AllocateRequest;
import io.penstock.protocol.disco.DiscoMessage.AllocateResponse;
import io.penstock.protocol.disco.DiscoMessage.Bind;
import io.penstock.protocol.disco.DiscoMessage.BindAnswer;
import io.penstock.protocol.disco.DiscoMessage.BindChallenge;
import io.penstock.protocol.disco.DiscoMessage.Binding;
import io.penstock.protocol.disco.DiscoMessage.CallMeMaybe;
import io.penstock.protocol.disco.DiscoMessage.CallMeMaybeVia;
import io.penstock.protocol.disco.DiscoMessage.Ping;
import io.penstock.protocol.disco.DiscoMessage.Pong;
import io.penstock.protocol.disco.DiscoMessage.RelayEndpoint;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The vectors were opened, read and made again by Tailscale's own code. */
class DiscoTest {
    private static final String ALICE_HEX = "1ee41404e7a0cc937a2dea7672b794bfe323cede499a31bed76150b10236206f";
    private static final String BOB_HEX = "17ecaace4c9279f707ce4409dc112231a071f44ad52505097c661bffb581ab59";
    private static final String RELAY_HEX = "15bad6595e3e49e3dbc6e0211df35a7dd3e6c0891baeef96316b91774f898b0b";
    private static final String CHALLENGE_HEX = "2dd00bd77e0222ced882665481a9c1d9f907309d16e05ed007a1ea63928477a9";
    private static final String NODE_HEX = "de2f434560859d2ccd938efa55fe59e88fe819fb619e8c75fb75057c37d3845d";
    private static final PrivateKey ALICE =
            PrivateKey.of(Bytes.hex("50767e3339f0f6feafcd2b3ec33630f361bf6ac0cb17ab9e1bfc52704a1d7475"));
    private static final PrivateKey BOB =
            PrivateKey.of(Bytes.hex("20b3073dc307dadede9aaa97dc12f9c088d7145c97a1f1e5b38d49b0d3a90c61"));
    private static final DiscoKey ALICE_PUBLIC = disco(ALICE_HEX);
    private static final DiscoKey BOB_PUBLIC = disco(BOB_HEX);
    private static final TransactionId ID = new TransactionId(0x0102030405060708L, 0x090a0b0c);
    private static final String ID_HEX = "0102030405060708090a0b0c";
    private static final String ENVELOPE =
            "5453f09f92ac" + ALICE_HEX + "810e539361437e8a4d85ec897828b15ca03bbe6b2e5cb6ed";
    private static final Endpoint V4 = Endpoint.parse("192.0.2.7:41641");
    private static final Endpoint V6 = Endpoint.parse("[2001:db8::7]:41641");
    private static final String V4_HEX = "00000000000000000000ffffc0000207a2a9";
    private static final String V6_HEX = "20010db8000000000000000000000007a2a9";

    private static final Ping PING = new Ping(ID, NodeKey.parse("nodekey:" + NODE_HEX), 0);
    private static final Pong PONG = new Pong(ID, V4);
    private static final CallMeMaybe CALL_ME_MAYBE = new CallMeMaybe(List.of(V4, V6));
    private static final RelayEndpoint RELAY = new RelayEndpoint(
            disco(RELAY_HEX),
            BOB_PUBLIC,
            ALICE_PUBLIC,
            7,
            0xab,
            30_000_000_000L,
            300_000_000_000L,
            List.of(Endpoint.parse("203.0.113.5:40000")));
    private static final String RELAY_BLOCK = RELAY_HEX + BOB_HEX + ALICE_HEX
            + "0000000000000007000000ab00000006fc23ac0000000045d964b80000000000000000000000ffffcb0071059c40";

    @Test
    void plainMessagesAreTheVectors() {
        assertPlain("0100" + ID_HEX + NODE_HEX, PING);
        assertPlain("0200" + ID_HEX + V4_HEX, PONG);
        assertPlain("0300" + V4_HEX + V6_HEX, CALL_ME_MAYBE);
        String binding = "000000ab00000001" + BOB_HEX;
        assertPlain("0400" + binding + "00".repeat(32), new Bind(new Binding(0xab, 1, BOB_PUBLIC, DiscoKey.ZERO)));
        Binding challenged = new Binding(0xab, 1, BOB_PUBLIC, disco(CHALLENGE_HEX));
        assertPlain("0500" + binding + CHALLENGE_HEX, new BindChallenge(challenged));
        assertPlain("0600" + binding + CHALLENGE_HEX, new BindAnswer(challenged));
        assertPlain("0700" + RELAY_BLOCK, new CallMeMaybeVia(RELAY));
        assertPlain("0800" + BOB_HEX + ALICE_HEX + "00000009", new AllocateRequest(BOB_PUBLIC, ALICE_PUBLIC, 9));
        assertPlain("090000000009" + RELAY_BLOCK, new AllocateResponse(9, RELAY));
    }

    @Test
    void packetsAreTheVectors() {
        assertPacket(
                "9d8cc9774e04ab96be222640bbe0f9173f4ba02117d852599057634bd02b3a7cbc815e730f2bf7bb7312ff0bad75bce2d9da4d80f5b017f28263df11be07",
                PING);
        assertPacket(
                "af11ac338e9121cc88d6e00d7bff51ad3c4ba02117d852599057634bd02be453ffc43ef692073a2802176af5f69a91a3",
                PONG);
        assertPacket(
                "6e73b6e19f32879414d6ba69f5bd37c03d4ba12314dc575f975f6a4124d82453fdc39c5fb2063790fde8aaf5f49d330ac0212c19db6c",
                CALL_ME_MAYBE);
    }

    private static void assertPacket(String sealed, DiscoMessage message) {
        byte[] expected = Bytes.hex(ENVELOPE + sealed);
        assertEquals(
                Bytes.hex(expected),
                Bytes.hex(DiscoPacket.seal(message, ALICE_PUBLIC, box(ALICE, BOB_PUBLIC), new VectorNonce())));
        assertTrue(DiscoPacket.looksLikeOne(expected, 0, expected.length));
        assertEquals(ALICE_PUBLIC, DiscoPacket.sender(expected));
        assertEquals(message, DiscoPacket.open(expected, box(BOB, ALICE_PUBLIC)));
    }

    @Test
    void readsOldPingsAndPaddedOnes() {
        assertEquals(new Ping(ID, null, 0), DiscoMessage.decode(Bytes.hex("0100" + ID_HEX)));
        Ping padded = new Ping(ID, PING.nodeKey(), 1000);
        assertEquals(1046, padded.encode().length);
        assertEquals(padded, DiscoMessage.decode(padded.encode()));
    }

    @Test
    void ignoresWhatIsBehindTheEnd() {
        assertEquals(PONG, DiscoMessage.decode(Bytes.hex("0200" + ID_HEX + V4_HEX + "aabb")));
        assertEquals(PONG, DiscoMessage.decode(Bytes.hex("0201" + ID_HEX + V4_HEX)));
        assertEquals(new CallMeMaybe(List.of()), DiscoMessage.decode(Bytes.hex("0300" + V4_HEX + "aa")));
        assertEquals(new CallMeMaybe(List.of()), DiscoMessage.decode(Bytes.hex("0301" + V4_HEX)));
        assertEquals(new CallMeMaybeVia(RELAY), DiscoMessage.decode(Bytes.hex("0700" + RELAY_BLOCK + "aabbcc")));
    }

    @Test
    void everyShorterMessageIsRefusedOrAnother() {
        for (DiscoMessage message : List.of(
                PING,
                PONG,
                new BindAnswer(new Binding(1, 1, BOB_PUBLIC, BOB_PUBLIC)),
                new CallMeMaybeVia(RELAY),
                new AllocateRequest(BOB_PUBLIC, ALICE_PUBLIC, 9),
                new AllocateResponse(9, RELAY))) {
            byte[] whole = message.encode();
            for (int length = 0; length < whole.length; length++) {
                DiscoMessage read = DiscoMessage.decode(Arrays.copyOf(whole, length));
                assertTrue(read == null || read instanceof Ping, message + " cut to " + length);
            }
        }
        assertNull(DiscoMessage.decode(Bytes.hex("0a00" + ID_HEX)));
        assertNull(DiscoMessage.decode(Bytes.hex("0000")));
    }

    @Test
    void changedPacketsDoNotOpen() {
        byte[] packet = DiscoPacket.seal(PONG, ALICE_PUBLIC, box(ALICE, BOB_PUBLIC), new VectorNonce());
        Box box = box(BOB, ALICE_PUBLIC);
        for (int bit = 0; bit < 8 * packet.length; bit++) {
            boolean ofTheKey = bit / 8 >= 6 && bit / 8 < 38; // names another sender, whose box would not fit
            DiscoMessage read = DiscoPacket.open(Bytes.flipped(packet, bit), box);
            assertEquals(ofTheKey ? PONG : null, read, "bit " + bit);
        }
        for (int length = 0; length < packet.length; length++) {
            assertNull(DiscoPacket.open(Arrays.copyOf(packet, length), box));
        }
    }

    @Test
    void tellsItsPacketsFromOthers() {
        byte[] wireguard = new byte[148];
        wireguard[0] = 1;
        assertFalse(DiscoPacket.looksLikeOne(wireguard, 0, wireguard.length));
        byte[] inside = new byte[100];
        System.arraycopy(Bytes.hex(ENVELOPE), 0, inside, 5, 62);
        assertTrue(DiscoPacket.looksLikeOne(inside, 5, 62));
        assertFalse(DiscoPacket.looksLikeOne(inside, 5, 61));
        assertFalse(DiscoPacket.looksLikeOne(inside, 4, 63));
    }

    @Test
    void everyMessageSurvives() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 1000; round++) {
            DiscoMessage message = randomMessage(seeded);
            assertEquals(message, DiscoMessage.decode(message.encode()), seeded::toString);
        }
    }

    private static DiscoMessage randomMessage(Seeded seeded) {
        DiscoKey key = DiscoKey.of(seeded.bytes(32));
        DiscoKey other = DiscoKey.of(seeded.bytes(32));
        Binding binding = new Binding(seeded.nextInt(), seeded.nextInt(), key, other);
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = seeded.below(5); i >= 0; i--) {
            endpoints.add(
                    seeded.oneIn(2)
                            ? Endpoint.v4(seeded.nextInt(), seeded.below(65536))
                            : Endpoint.v6(seeded.random().nextLong(), seeded.nextInt(), seeded.below(65536), 0));
        }
        RelayEndpoint relay = new RelayEndpoint(
                key, other, key, seeded.nextInt(), seeded.nextInt(), seeded.nextInt(), seeded.nextInt(), endpoints);
        TransactionId id = TransactionId.random(seeded);
        return switch (seeded.below(9)) {
            case 0 ->
                seeded.oneIn(2)
                        ? new Ping(id, null, seeded.below(32))
                        : new Ping(id, NodeKey.of(seeded.bytes(32)), seeded.below(2000));
            case 1 -> new Pong(id, endpoints.getFirst());
            case 2 -> new CallMeMaybe(seeded.oneIn(4) ? List.of() : endpoints);
            case 3 -> new Bind(binding);
            case 4 -> new BindChallenge(binding);
            case 5 -> new BindAnswer(binding);
            case 6 -> new CallMeMaybeVia(relay);
            case 7 -> new AllocateRequest(key, other, seeded.nextInt());
            default -> new AllocateResponse(seeded.nextInt(), relay);
        };
    }

    @Test
    void anyBytesAreReadOrRefusedAndNothingElse() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = seeded.bytes(seeded.below(250));
            if (bytes.length > 1) {
                bytes[0] = (byte) seeded.below(11);
                bytes[1] = 0;
            }
            try {
                DiscoMessage.decode(bytes);
            } catch (RuntimeException e) {
                throw new AssertionError(seeded.toString(), e);
            }
        }
    }

    private static void assertPlain(String hex, DiscoMessage message) {
        assertEquals(hex, Bytes.hex(message.encode()));
        assertEquals(message, DiscoMessage.decode(Bytes.hex(hex)));
    }

    private static DiscoKey disco(String hex) {
        return DiscoKey.parse("discokey:" + hex);
    }

    private static Box box(PrivateKey own, DiscoKey other) {
        return Objects.requireNonNull(Box.between(new BouncyCastleX25519(), own, other.value()));
    }

    private static final class VectorNonce implements Entropy {
        @Override
        public void fill(byte[] bytes) {
            byte[] nonce = Bytes.hex("810e539361437e8a4d85ec897828b15ca03bbe6b2e5cb6ed");
            System.arraycopy(nonce, 0, bytes, 0, bytes.length);
        }

        @Override
        public int nextInt() {
            throw new AssertionError("not asked for");
        }
    }
}
