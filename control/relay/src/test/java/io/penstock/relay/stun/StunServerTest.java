package io.penstock.relay.stun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.Change;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.relay.RelayFixture;
import io.penstock.relay.Seeded;
import io.penstock.relay.edge.Addresses;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server of STUN over real sockets on the loopback, IPv4 and IPv6. */
class StunServerTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final TransactionId ID = TransactionId.random(new Seeded(3));

    private EventLoopGroup loops;
    private StunServer server;

    @BeforeEach
    void start() throws IOException {
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        server = StunServer.open(
                loops,
                List.of(
                        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
                        new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)),
                new Seeded(4));
    }

    @AfterEach
    void stop() {
        server.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static byte[] ask(DatagramSocket socket, InetSocketAddress to, byte[] request) throws IOException {
        socket.setSoTimeout(10_000);
        socket.send(new DatagramPacket(request, request.length, to));
        DatagramPacket answer = new DatagramPacket(new byte[1500], 1500);
        socket.receive(answer);
        assertEquals(to, answer.getSocketAddress(), "from where the request went");
        return Arrays.copyOf(answer.getData(), answer.getLength());
    }

    private void assertTellsAddress(String own, InetSocketAddress to, byte[] request) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral(own))) {
            byte[] answer = ask(socket, to, request);
            BindingResponse.Mapped mapped = BindingResponse.parse(ByteBuffer.wrap(answer));
            assertNotNull(mapped);
            assertEquals(socket.getLocalPort(), mapped.mapped().port());
            assertTrue(answer.length <= 44, "no longer than needed");
        }
    }

    @Test
    void tellsAddressesOfBothFamilies() throws IOException {
        assertTellsAddress("127.0.0.1", server.addresses().get(0), BindingRequest.encode(ID));
        assertTellsAddress("::1", server.addresses().get(1), BindingRequest.encode(ID));
        assertEquals(2, server.counters().answers());
    }

    @Test
    void answersARequestWithoutAttributes() throws IOException {
        byte[] bare = HEX.parseHex("000100002112a4420102030405060708090a0b0c");
        assertTellsAddress("127.0.0.1", server.addresses().get(0), bare);
    }

    @Test
    void saysWhatItDoesNotUnderstand() throws IOException {
        byte[] change = HEX.parseHex("000100082112a4420102030405060708090a0b0c0003000400000006");
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            byte[] answer = ask(socket, server.addresses().get(0), change);
            assertArrayEquals(HEX.parseHex("0111"), Arrays.copyOf(answer, 2));
            assertTrue(answer.length <= 3 * change.length, "of " + answer.length + " bytes");
        }
        assertEquals(1, server.counters().unknownAttributes());
    }

    @Test
    void answersNothingElse() throws IOException {
        Random random = new Random(8);
        InetSocketAddress to = server.addresses().get(0);
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            byte[] request = BindingRequest.encode(ID);
            for (int i = 0; i < 200; i++) {
                byte[] other = random.nextBoolean()
                        ? Arrays.copyOf(request, random.nextInt(request.length))
                        : new byte[random.nextInt(1600)];
                socket.send(new DatagramPacket(other, other.length, to));
            }
            byte[] forged = request.clone();
            forged[forged.length - 1] ^= 1; // its fingerprint
            socket.send(new DatagramPacket(forged, forged.length, to));
            byte[] success = BindingResponse.encode(ID, io.penstock.wireguard.Endpoint.v4(1, 2));
            socket.send(new DatagramPacket(success, success.length, to));
            assertTrue(RelayFixture.eventually(() -> server.counters().notStun() == 202));
            socket.setSoTimeout(100);
            assertThrows(IOException.class, () -> socket.receive(new DatagramPacket(new byte[99], 99)));
        }
        assertEquals(0, server.counters().answers());
    }

    @Test
    void answersOneSourceNotTooOften() throws IOException {
        InetSocketAddress to = server.addresses().get(0);
        byte[] request = BindingRequest.encode(ID);
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            for (int i = 0; i < 1000; i++) {
                socket.send(new DatagramPacket(request, request.length, to));
            }
            assertTrue(RelayFixture.eventually(() -> server.counters().requests() == 1000));
            assertTrue(
                    server.counters().answers() < 500,
                    () -> "answers: " + server.counters().answers());
            assertEquals(1000, server.counters().answers() + server.counters().limited());
        }
    }

    /** RFC 5780 section 6: two addresses of the loopback, two ports. */
    @Test
    void answersFromWhereItIsAskedToIfItHasTwoAddresses() throws IOException {
        InetAddress first = InetAddress.ofLiteral("127.0.0.1");
        InetAddress second = InetAddress.ofLiteral("127.0.0.2");
        InetSocketAddress one = new InetSocketAddress(first, freePort());
        InetSocketAddress other = new InetSocketAddress(second, freePort());
        try (StunServer pair = StunServer.open(loops, List.of(one), other, new Seeded(5));
                DatagramSocket socket = new DatagramSocket(0, first)) {
            assertEquals(4, pair.addresses().size());
            for (Change change : Change.values()) {
                InetSocketAddress from = new InetSocketAddress(
                        change.isOfAddress() ? second : first, change.isOfPort() ? other.getPort() : one.getPort());
                byte[] request = BindingRequest.encode(ID, change);
                socket.setSoTimeout(10_000);
                socket.send(new DatagramPacket(request, request.length, one));
                DatagramPacket answer = new DatagramPacket(new byte[1500], 1500);
                socket.receive(answer);
                assertEquals(from, answer.getSocketAddress(), change.toString());
                BindingResponse.Mapped mapped =
                        BindingResponse.parse(ByteBuffer.wrap(answer.getData(), 0, answer.getLength()));
                assertNotNull(mapped);
                assertEquals(socket.getLocalPort(), mapped.mapped().port());
                assertEquals(Addresses.endpoint(from), mapped.origin());
                assertEquals(Addresses.endpoint(other), mapped.other());
            }
        }
    }

    @Test
    void aPairHasTwoAddressesOfOneFamilyAndTwoPorts() {
        InetSocketAddress one = place("127.0.0.1", 3478);
        assertTrue(StunServer.isPair(one, place("127.0.0.2", 3479)));
        assertFalse(StunServer.isPair(one, place("127.0.0.2", 3478)), "one port");
        assertFalse(StunServer.isPair(one, place("127.0.0.1", 3479)), "one address");
        assertFalse(StunServer.isPair(one, place("::1", 3479)), "two families");
        assertFalse(StunServer.isPair(one, place("0.0.0.0", 3479)), "any address");
        assertFalse(StunServer.isPair(one, place("127.0.0.2", 0)), "any port");
        assertThrows(
                IllegalArgumentException.class,
                () -> StunServer.open(loops, List.of(place("127.0.0.1", 0)), place("127.0.0.2", 9), new Seeded(5)));
    }

    private static InetSocketAddress place(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
