package io.penstock.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.protocol.ts2021.ErrorMessage;
import io.penstock.protocol.ts2021.ServerHandshake;
import io.penstock.protocol.ts2021.Upgrade;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The node's end of an upgrade against a coordinator that the test plays byte by byte. */
class NodeUpgradeTest {
    private static final String SWITCH = String.join(
            "\r\n",
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: tailscale-control-protocol",
            "Connection: upgrade",
            "",
            "");

    private final Seeded entropy = new Seeded(5);
    private final PrivateKey key = PrivateKey.generate(entropy);
    private final PrivateKey machine = PrivateKey.generate(entropy);
    private final MachineKey publicKey = new MachineKey(key.publicKey(Sides.DH));
    private final Promise<Channel> done = ImmediateEventExecutor.INSTANCE.newPromise();
    private final EmbeddedChannel node = new EmbeddedChannel(new NodeUpgrade(
            new ClientHandshake(Sides.DH, entropy, machine, publicKey, Sides.VERSION),
            "control.example:8080",
            pipeline -> {},
            done));

    private ServerHandshake.Response respond() throws Exception {
        String request = request();
        String marker = Upgrade.HANDSHAKE_HEADER + ": ";
        int start = request.indexOf(marker) + marker.length();
        ServerHandshake server = new ServerHandshake(Sides.DH, key, publicKey);
        byte[] initiation = Upgrade.decodeInitiation(request.substring(start, request.indexOf("\r\n", start)));
        ServerHandshake.Outcome.Opened opened =
                assertInstanceOf(ServerHandshake.Outcome.Opened.class, server.consumeInitiation(initiation));
        assertEquals(new MachineKey(machine.publicKey(Sides.DH)), opened.machine());
        return server.respond(entropy);
    }

    private String request() {
        StringBuilder request = new StringBuilder();
        for (ByteBuf piece = node.readOutbound(); piece != null; piece = node.readOutbound()) {
            request.append(piece.toString(StandardCharsets.US_ASCII));
            piece.release();
        }
        return request.toString();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private String failure() {
        assertFalse(done.isSuccess());
        assertFalse(node.isOpen());
        return String.valueOf(
                assertInstanceOf(UpgradeException.class, done.cause()).getMessage());
    }

    @Test
    void asksAsTheProtocolSays() {
        String request = request();
        assertTrue(request.startsWith("POST /ts2021 HTTP/1.1\r\n"), request);
        assertTrue(request.contains("host: control.example:8080\r\n"), request);
        assertTrue(request.contains("content-length: 0\r\n"), request);
        assertTrue(request.contains("connection: upgrade\r\n"), request);
        assertTrue(request.contains("upgrade: tailscale-control-protocol\r\n"), request);
    }

    @Test
    void asksOnceIfItIsAddedAsTheChannelBecomesActive() {
        node.pipeline().fireChannelActive();
        String request = request();
        assertEquals(0, request.lastIndexOf("POST "), request);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 60, 100_000})
    void establishesHoweverTheAnswerIsCut(int pieces) throws Exception {
        ServerHandshake.Response response = respond();
        EmbeddedChannel coordinator = new EmbeddedChannel(new RecordCodec(response.keys()));
        var _ = coordinator.writeOneOutbound(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII));
        coordinator.flush();
        ByteBuf record = coordinator.readOutbound();
        ByteBuf all = Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(ascii(SWITCH)), Unpooled.wrappedBuffer(response.message()), record);
        while (all.isReadable()) {
            node.writeInbound(all.readBytes(Math.min(all.readableBytes(), pieces)));
        }
        all.release();

        assertTrue(done.isSuccess());
        ByteBuf plaintext = node.readInbound();
        assertEquals("hello", plaintext.toString(StandardCharsets.US_ASCII));
        plaintext.release();
        assertNull(node.pipeline().get(NodeUpgrade.class));
        assertNotNull(node.pipeline().get(RecordCodec.class));
    }

    @Test
    void statusOtherThanSwitchingIsToldOf() {
        node.writeInbound(Unpooled.wrappedBuffer(ascii("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")));
        assertEquals("the upgrade was refused: 502", failure());
    }

    @Test
    void upgradeToSomethingElseIsRefused() {
        node.writeInbound(Unpooled.wrappedBuffer(
                ascii("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")));
        assertEquals("an upgrade to something else", failure());
    }

    @Test
    void whatIsNoHttpIsRefused() {
        node.writeInbound(Unpooled.wrappedBuffer(ascii("SSH-2.0-OpenSSH_9.2\r\n\r\n")));
        assertEquals("the answer to the upgrade is no HTTP/1.1", failure());
    }

    @Test
    void coordinatorsReasonIsToldOf() {
        node.writeInbound(Unpooled.wrappedBuffer(ascii(SWITCH), ErrorMessage.encode("too old\u0007")));
        assertEquals("the coordinator refused: too old?", failure());
    }

    @Test
    void endBehindTheSwitchIsTakenForTheVersion() {
        node.writeInbound(Unpooled.wrappedBuffer(ascii(SWITCH)));
        var _ = node.close();
        assertTrue(failure().contains("this version is not admitted"), failure());
    }

    @Test
    void responseOfAnotherCoordinatorIsRefused() throws Exception {
        ServerHandshake.Response response = respond();
        byte[] message = ByteBufUtil.getBytes(Unpooled.wrappedBuffer(response.message()));
        message[40] ^= 1;
        node.writeInbound(Unpooled.wrappedBuffer(ascii(SWITCH), message));
        assertEquals("handshake message is not authentic", failure());
    }
}
