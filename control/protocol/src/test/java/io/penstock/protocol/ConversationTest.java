package io.penstock.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.ChallengeKey;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import io.penstock.protocol.mapstream.Piece;
import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.PeerPatch;
import io.penstock.protocol.message.RegisterAuth;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.netmap.MapSession;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.protocol.ts2021.EarlyPayload;
import io.penstock.protocol.ts2021.EarlyPayloadReader;
import io.penstock.protocol.ts2021.KeyReply;
import io.penstock.protocol.ts2021.RecordOpener;
import io.penstock.protocol.ts2021.RecordSealer;
import io.penstock.protocol.ts2021.ServerHandshake;
import io.penstock.protocol.ts2021.SessionKeys;
import io.penstock.protocol.ts2021.Upgrade;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Both roles from the key to a changed map, over a stream that is cut anywhere. HTTP, which others speak, is left out. */
class ConversationTest {
    private static final X25519 DH = new BouncyCastleX25519();
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final Seeded seeded = Seeded.create();
    private @Nullable SessionKeys clientKeys;

    @Test
    void nodeJoinsAndFollowsTheMap() throws MalformedMessageException {
        PrivateKey coordinator = PrivateKey.generate(seeded);
        PrivateKey machine = PrivateKey.generate(seeded);
        MachineKey coordinatorPublic = new MachineKey(coordinator.publicKey(DH));
        NodeKey nodeKey = NodeKey.of(seeded.bytes(32));

        // The node learns the key, and sends its initiation in a header.
        KeyReply reply = KeyReply.decode(KeyReply.of(coordinatorPublic).encode());
        ClientHandshake client = new ClientHandshake(DH, seeded, machine, reply.publicKey(), CapabilityVersion.OURS);
        String header = Upgrade.encodeInitiation(client.initiation());

        ServerHandshake server = new ServerHandshake(DH, coordinator, coordinatorPublic);
        ServerHandshake.Outcome.Opened opened = assertInstanceOf(
                ServerHandshake.Outcome.Opened.class, server.consumeInitiation(Upgrade.decodeInitiation(header)));
        assertEquals(machine.publicKey(DH), opened.machine().value());
        assertTrue(CapabilityVersion.isAdmitted(opened.version()));
        ServerHandshake.Response response = server.respond(seeded);

        // One stream from the coordinator: response, early payload, a map, a sign of life, a patch.
        RecordSealer toClient = response.keys().sealer();
        ByteBuffer stream = ByteBuffer.allocate(1 << 20).put(response.message());
        seal(toClient, ByteBuffer.wrap(new EarlyPayload(ChallengeKey.ZERO).encode()), stream);
        try (PieceCompressor compressor = new PieceCompressor()) {
            Node self = node(1, nodeKey);
            List<Piece> peers = List.of(2L, 3L, 4L).stream()
                    .map(id -> compressor.compress(Json.write(node(id, NodeKey.of(seeded.bytes(32))))))
                    .toList();
            seal(
                    toClient,
                    new MapFrame()
                            .field("Node", compressor.compress(Json.write(self)))
                            .array("Peers", peers)
                            .fields(MapResponse.builder().domain("example").build(), compressor)
                            .finish(),
                    stream);
            seal(toClient, MapFrame.keepAlive(), stream);
            PeerPatch patch = PeerPatch.builder().nodeId(3).online(true).build();
            MapResponse change = MapResponse.builder()
                    .peersRemoved(List.of(2L))
                    .peersChangedPatch(List.of(patch))
                    .build();
            seal(toClient, MapFrame.of(change, compressor), stream);
        }

        NetMap map = follow(client, stream.flip());
        assertEquals(nodeKey, map.self().key());
        assertEquals(List.of(3L, 4L), List.copyOf(map.peers().keySet()));
        assertEquals(true, Objects.requireNonNull(map.peers().get(3L)).online());
        assertEquals("example", map.domain());

        // And back: a registration in a record.
        RegisterRequest request = RegisterRequest.builder()
                .version(CapabilityVersion.OURS)
                .nodeKey(nodeKey)
                .auth(new RegisterAuth("key"))
                .build();
        ByteBuffer back = ByteBuffer.allocate(1 << 16);
        seal(Objects.requireNonNull(clientKeys).sealer(), ByteBuffer.wrap(request.encode()), back);
        ByteBuffer plain = ByteBuffer.allocate(1 << 16);
        assertEquals(RecordOpener.Status.OPENED, response.keys().opener().open(back.flip(), plain));
        byte[] body = new byte[plain.flip().remaining()];
        plain.get(body);
        assertEquals(request, RegisterRequest.decode(body));
    }

    /** Reads the coordinator's stream in pieces of random size and gives the last map. */
    private NetMap follow(ClientHandshake client, ByteBuffer stream) throws MalformedMessageException {
        int end = stream.limit();
        stream.limit(0);
        RecordOpener opener = null;
        EarlyPayloadReader early = new EarlyPayloadReader();
        boolean isEarly = true;
        MapSession session = new MapSession();
        try (MapFrameDecoder frames = new MapFrameDecoder()) {
            while (stream.limit() < end) {
                stream.limit(Math.min(end, stream.limit() + 1 + seeded.below(100)));
                if (opener == null) {
                    if (client.consume(stream) instanceof ClientHandshake.Outcome.Established established) {
                        clientKeys = established.keys();
                        opener = established.keys().opener();
                    } else {
                        continue;
                    }
                }
                ByteBuffer plain = ByteBuffer.allocate(8192);
                while (opener.open(stream, plain) == RecordOpener.Status.OPENED) {
                    plain.flip();
                    if (isEarly) {
                        isEarly = early.consume(plain) instanceof EarlyPayloadReader.Outcome.NeedsMore;
                    }
                    for (MapResponse m = frames.decode(plain); m != null; m = frames.decode(plain)) {
                        session.apply(m, NOW);
                    }
                    plain.clear();
                }
            }
        }
        assertNotNull(opener, seeded::toString);
        return Objects.requireNonNull(session.map());
    }

    private static Node node(long id, NodeKey key) {
        return Node.builder().id(id).key(key).name("n" + id + ".example.").build();
    }

    private static void seal(RecordSealer sealer, ByteBuffer plaintext, ByteBuffer out) {
        assertTrue(sealer.seal(plaintext, out));
    }
}
