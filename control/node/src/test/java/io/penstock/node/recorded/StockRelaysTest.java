package io.penstock.node.recorded;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.node.recorded.StockRecording.Event;
import io.penstock.node.relay.Proxies;
import io.penstock.node.relay.RelayClient;
import io.penstock.node.relay.RelayListener;
import io.penstock.node.relay.RelaySettings;
import io.penstock.node.relay.RelayUnderTest;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpNode;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The frames of a stock node at our relay, and those of derper at our client. */
class StockRelaysTest {
    private static final int TIMEOUT_MS = 10_000;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    /** Our node of the recording at a relay; notes what it is told. */
    private final class Member implements RelayListener {
        record Packet(NodeKey source, String hex) {}

        final BlockingQueue<Packet> packets = new LinkedBlockingQueue<>();
        final BlockingQueue<NodeKey> gone = new LinkedBlockingQueue<>();
        final BlockingQueue<Boolean> states = new LinkedBlockingQueue<>();

        Member(PrivateKey node, DerpMap map) throws IOException {
            RelayClient client = RelayClient.start(
                    new RelaySettings(null, true, Proxies.NONE), new BouncyCastleX25519(), new Seeded(3), node, this);
            open.add(client);
            client.executor().execute(() -> {
                client.onMap(map);
                client.setHome(StockRecording.REGION);
            });
        }

        void mustReceive(NodeKey source, List<Event> events) throws InterruptedException {
            for (Event event : events) {
                Packet packet =
                        Objects.requireNonNull(packets.poll(TIMEOUT_MS, TimeUnit.MILLISECONDS), "a packet is missing");
                assertEquals(source, packet.source());
                assertEquals(HexFormat.of().formatHex(event.bytes()), packet.hex());
            }
        }

        @Override
        public void onPacket(int region, NodeKey source, ByteBuffer packet) {
            byte[] bytes = new byte[packet.remaining()];
            packet.get(bytes);
            if (DiscoPacket.looksLikeOne(
                    bytes, 0, bytes.length)) { // else the tunnel's, of which the recording has none
                packets.add(new Packet(source, HexFormat.of().formatHex(bytes)));
            }
        }

        @Override
        public void onPeerGone(int region, NodeKey key) {
            gone.add(key);
        }

        @Override
        public void onState(int region, boolean isUp) {
            states.add(isUp);
        }

        @Override
        public void onAddresses(int region, List<InetAddress> addresses) {}

        @Override
        public void onHealth(int region, String problem) {}
    }

    private static boolean isUp(Member member) throws InterruptedException {
        return Objects.requireNonNull(member.states.poll(TIMEOUT_MS, TimeUnit.MILLISECONDS), "no word of the relay");
    }

    /** Reads as many bytes as were recorded there. */
    private static byte[] readAsMuchAs(Event event, InputStream in) throws IOException {
        return in.readNBytes(event.bytes().length);
    }

    @Test
    void ourRelayTakesTheFramesOfAStockNode() throws Exception {
        StockRecording recording = StockRecording.read(StockRecording.AT_OUR_RELAY);
        RelayUnderTest relay = RelayUnderTest.plain(StockRecording.REGION, recording.secret("relay"));
        open.add(relay);
        Member ours = new Member(
                recording.secret("node"), RelayUnderTest.map(relay.node().build()));
        assertTrue(isUp(ours));

        List<Event> sent = recording.events("client");
        List<Event> heard = recording.events("server");
        try (Socket stock = new Socket(
                InetAddress.getLoopbackAddress(), relay.server().address().getPort())) {
            stock.setSoTimeout(TIMEOUT_MS);
            InputStream in = stock.getInputStream();
            stock.getOutputStream().write(sent.getFirst().bytes());
            assertArrayEquals(
                    heard.getFirst().bytes(), readAsMuchAs(heard.getFirst(), in), "the same relay says the same");
            for (Event event : sent.subList(1, sent.size())) {
                stock.getOutputStream().write(event.bytes());
            }
            // It is let in: what follows is sealed for it, with a nonce of its own.
            assertEquals(heard.get(1).bytes()[0], readAsMuchAs(heard.get(1), in)[0]);
            ours.mustReceive(recording.stockNode(), recording.events("relayed"));
            assertTrue(relay.server().clientKeys().contains(recording.stockNode()));
        }
        assertEquals(recording.stockNode(), ours.gone.poll(TIMEOUT_MS, TimeUnit.MILLISECONDS), "it has left");
    }

    @Test
    void ourClientTakesTheFramesOfDerper() throws Exception {
        StockRecording recording = StockRecording.read(StockRecording.AT_DERPER);
        List<Event> heard = recording.events("server");
        try (ServerSocket derper = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            derper.setSoTimeout(TIMEOUT_MS);
            DerpNode node = DerpNode.builder()
                    .name("901a")
                    .regionId(StockRecording.REGION)
                    .hostName("127.0.0.1")
                    .ipv4("127.0.0.1")
                    .ipv6("none")
                    .derpPort(derper.getLocalPort())
                    .stunPort(-1)
                    .insecureForTests(true)
                    .build();
            Member ours = new Member(recording.secret("node"), RelayUnderTest.map(node));
            try (Socket client = derper.accept()) {
                client.setSoTimeout(TIMEOUT_MS);
                int upgradeAndHello = recording.events("client").subList(0, 2).stream()
                        .mapToInt(event -> event.bytes().length)
                        .sum();
                client.getOutputStream().write(heard.getFirst().bytes());
                assertTrue(client.getInputStream().readNBytes(upgradeAndHello).length > 0);
                for (Event event : heard.subList(1, heard.size())) {
                    client.getOutputStream().write(event.bytes());
                }
                assertTrue(isUp(ours), "what derper has sealed for it is opened");
                ours.mustReceive(recording.stockNode(), recording.events("relayed"));
            }
        }
    }
}
