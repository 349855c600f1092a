package io.penstock.server.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.nacl.Box;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.tls.PinnedTrust;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.http.Doors;
import io.penstock.server.http.HttpListener;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.Pages;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.relay.InsideRelaySettings.Door;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The relay inside, as its clients find it: by what a map says of it, over TLS. */
class InsideRelayTest {
    private static final X25519 DH = new BouncyCastleX25519();
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final String HOST = InetAddress.getLoopbackAddress().getHostAddress();

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private final PrivateKey memberKey = PrivateKey.generate(new Seeded(21));
    private Store store;
    private Domain domain;
    private TlsIdentity tls;

    @BeforeEach
    void open() {
        store = Samples.store(parent, clock);
        tls = TlsIdentity.selfSigned(
                List.of(),
                List.of(InetAddress.getLoopbackAddress().getAddress()),
                Instant.now().minus(Duration.ofHours(1)),
                Instant.now().plus(Duration.ofHours(1)));
        domain = store.write(tx -> Samples.domain(tx, "one"));
        add(memberKey, new Owner.OfTags(Tags.of(List.of("tag:a"))), 1);
    }

    /** A node whose key is good for an hour. */
    private void add(PrivateKey key, Owner owner, int number) {
        store.write(tx -> {
            NodeTable.Joining sample = Samples.joining(owner, number, "member-" + number);
            NodeTable.Joining joining = new NodeTable.Joining(
                    owner,
                    null,
                    sample.machineKey(),
                    new NodeKey(key.publicKey(DH)),
                    sample.name(),
                    sample.host(),
                    false,
                    clock.instant().plus(Duration.ofHours(1)));
            return assertInstanceOf(NodeTable.Added.Done.class, tx.nodes().add(domain, joining));
        });
    }

    private Node node(Transaction tx, PrivateKey key) {
        return tx.nodes().find(new NodeKey(key.publicKey(DH))).orElseThrow();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private InsideRelay relay(Door door) throws IOException {
        return relay(door, Duration.ofHours(1)); // what is closed here sooner is closed because something has changed
    }

    private InsideRelay relay(Door door, Duration expelAfter) throws IOException {
        return InsideRelay.open(
                new InsideRelaySettings(
                        new RelayIdentity(PrivateKey.generate(new Seeded(5))),
                        door,
                        List.of(ANY_PORT),
                        false,
                        RelayLimits.DEFAULT),
                new NodeAdmission(store),
                expelAfter,
                InstantSource.system(),
                new Seeded(6));
    }

    /** Over TLS with the certificate that the map names. */
    private static Socket dial(DerpNode node) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new PinnedTrust(node.certName())}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(node.hostName(), node.derpPort());
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    /** What {@link #hello} and {@link #read} return when the relay has closed. */
    private static final Frame CLOSED = new Frame.Health("closed");

    /** Fast start, hello, and the first frame behind the server's key. */
    private static Frame hello(Socket socket, PrivateKey key) throws Exception {
        socket.getOutputStream()
                .write(
                        "GET /derp HTTP/1.1\r\nHost: x\r\nUpgrade: DERP\r\nConnection: Upgrade\r\nDerp-Fast-Start: 1\r\n\r\n"
                                .getBytes(US_ASCII));
        Frame.ServerKey server = assertInstanceOf(Frame.ServerKey.class, read(socket.getInputStream()));
        Box box = Objects.requireNonNull(Box.between(DH, key, server.key()));
        send(
                socket,
                new Frame.ClientInfo(
                        new NodeKey(key.publicKey(DH)),
                        ByteBuffer.wrap(box.seal(Greeting.ofNode().encode(), new Seeded(9)))));
        return read(socket.getInputStream());
    }

    private static void send(Socket socket, Frame frame) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(frame.length());
        frame.writeTo(out);
        socket.getOutputStream().write(out.array());
    }

    private static Frame read(InputStream in) throws Exception {
        byte[] head = in.readNBytes(Frame.HEADER_LENGTH);
        if (head.length < Frame.HEADER_LENGTH) {
            return CLOSED;
        }
        int length = ByteBuffer.wrap(head).getInt(1);
        ByteBuffer whole = ByteBuffer.allocate(head.length + length).put(head).put(in.readNBytes(length));
        return Objects.requireNonNull(new FrameDecoder(FrameDecoder.Side.CLIENT).decode(whole.flip()));
    }

    private static DerpNode node(OwnRegion region) {
        return region.message().nodes().getFirst();
    }

    @Test
    void letsMembersInAtItsOwnPortAndNobodyElse() throws Exception {
        try (InsideRelay relay = relay(new Door.OwnPort(ANY_PORT, HOST, tls, true))) {
            DerpNode node = node(relay.region());
            assertEquals(relay.ownAddress().orElseThrow().getPort(), node.derpPort());
            assertEquals(HOST, node.ipv4());
            assertEquals("none", node.ipv6());
            assertEquals(relay.stunAddresses().getFirst().getPort(), node.stunPort());
            assertEquals(List.of(), relay.takeovers());
            try (Socket socket = dial(node)) {
                assertInstanceOf(Frame.ServerInfo.class, hello(socket, memberKey));
                byte[] packet = {1, 2, 3};
                send(socket, new Frame.SendPacket(new NodeKey(memberKey.publicKey(DH)), ByteBuffer.wrap(packet)));
                Frame.RecvPacket back = assertInstanceOf(Frame.RecvPacket.class, read(socket.getInputStream()));
                byte[] content = new byte[back.packet().remaining()];
                back.packet().get(content);
                assertArrayEquals(packet, content);
            }
            refuses(relay, node, PrivateKey.generate(new Seeded(22)), 1);
            clock.advance(Duration.ofHours(2));
            refuses(relay, node, memberKey, 2);
        }
    }

    @Test
    void goesOnWithoutStunWhoseAddressIsTakenIfItMay() throws Exception {
        try (DatagramChannel taken = DatagramChannel.open().bind(ANY_PORT)) {
            InetSocketAddress address = (InetSocketAddress) taken.getLocalAddress();
            for (Door door : List.of(new Door.OwnPort(ANY_PORT, HOST, tls, true), new Door.Shared(HOST, 443, tls))) {
                assertThrows(IOException.class, () -> relay(door, address, false));
                try (InsideRelay relay = relay(door, address, true)) {
                    assertEquals(List.of(), relay.stunAddresses());
                    assertEquals(OwnRegion.NO_STUN, relay.region().stunPort());
                    String fault = relay.stunFault().orElseThrow();
                    assertTrue(fault.contains(Integer.toString(address.getPort())), fault);
                    MetricsText metrics = new MetricsText();
                    relay.write(metrics);
                    assertTrue(
                            metrics.toString().contains("penstock_stun_addresses{state=\"taken\"} 1\n"),
                            metrics.toString());
                }
            }
        }
    }

    private InsideRelay relay(Door door, InetSocketAddress stun, boolean isStunOptional) throws IOException {
        return InsideRelay.open(
                new InsideRelaySettings(
                        new RelayIdentity(PrivateKey.generate(new Seeded(5))),
                        door,
                        List.of(stun),
                        isStunOptional,
                        RelayLimits.DEFAULT),
                new NodeAdmission(store),
                InstantSource.system(),
                new Seeded(6));
    }

    @Test
    void keepsOutWhoWasRemovedAndEverybodyWhileTheStoreFails() throws Exception {
        try (InsideRelay relay = relay(new Door.OwnPort(ANY_PORT, HOST, tls, true))) {
            DerpNode node = node(relay.region());
            try (Socket socket = dial(node)) {
                assertInstanceOf(Frame.ServerInfo.class, hello(socket, memberKey));
            }
            store.write(tx -> {
                tx.nodes().remove(node(tx, memberKey));
                return null;
            });
            refuses(relay, node, memberKey, 1);
            store.close();
            try (Socket socket = dial(node)) {
                assertEquals(CLOSED, hello(socket, memberKey));
            }
        }
    }

    /** That a client is in, and what it sends arrives. */
    private static void relaysTo(Socket socket, PrivateKey key) throws Exception {
        send(socket, new Frame.SendPacket(new NodeKey(key.publicKey(DH)), ByteBuffer.wrap(new byte[] {7})));
        assertInstanceOf(Frame.RecvPacket.class, read(socket.getInputStream()));
    }

    @Test
    void closesWhoIsRemovedOrGetsAnotherKeyOrIsOfADisabledUserAndNobodyElse() throws Exception {
        PrivateKey usersKey = PrivateKey.generate(new Seeded(23));
        PrivateKey renewedKey = PrivateKey.generate(new Seeded(24));
        PrivateKey stayingKey = PrivateKey.generate(new Seeded(25));
        User user = store.write(tx ->
                tx.users().add(domain.id(), new Identity("https://idp.example", "u"), "u", "u", Role.MEMBER, false));
        add(usersKey, new Owner.OfUser(user.id()), 2);
        add(renewedKey, new Owner.OfTags(Tags.of(List.of("tag:a"))), 3);
        add(stayingKey, new Owner.OfTags(Tags.of(List.of("tag:a"))), 4);
        try (InsideRelay relay = relay(new Door.OwnPort(ANY_PORT, HOST, tls, true))) {
            DerpNode node = node(relay.region());
            try (Socket removed = dial(node);
                    Socket disabled = dial(node);
                    Socket renewed = dial(node);
                    Socket staying = dial(node)) {
                assertInstanceOf(Frame.ServerInfo.class, hello(removed, memberKey));
                assertInstanceOf(Frame.ServerInfo.class, hello(disabled, usersKey));
                assertInstanceOf(Frame.ServerInfo.class, hello(renewed, renewedKey));
                assertInstanceOf(Frame.ServerInfo.class, hello(staying, stayingKey));
                relaysTo(removed, memberKey);
                relaysTo(disabled, usersKey);
                relaysTo(renewed, renewedKey);

                store.write(tx -> {
                    tx.nodes().remove(node(tx, memberKey));
                    return null;
                });
                assertEquals(CLOSED, read(removed.getInputStream()));
                store.write(tx -> {
                    tx.users().setActive(user, false);
                    return null;
                });
                assertEquals(CLOSED, read(disabled.getInputStream()));
                store.write(tx -> {
                    Node before = node(tx, renewedKey);
                    tx.nodes().renew(before, Samples.joining(before.owner(), 3, before.name()));
                    return null;
                });
                assertEquals(CLOSED, read(renewed.getInputStream()));
                relaysTo(staying, stayingKey);
                awaitClosed(relay, CloseReason.EXPELLED, 3);
            }
            refuses(relay, node, usersKey, 1);
        }
    }

    @Test
    void closesWhoseKeyExpiresWhileItIsIn() throws Exception {
        PrivateKey stayingKey = PrivateKey.generate(new Seeded(25));
        try (InsideRelay relay = relay(new Door.OwnPort(ANY_PORT, HOST, tls, true), Duration.ofMillis(50))) {
            DerpNode node = node(relay.region());
            clock.advance(Duration.ofMinutes(30));
            add(stayingKey, new Owner.OfTags(Tags.of(List.of("tag:a"))), 2);
            try (Socket expiring = dial(node);
                    Socket staying = dial(node)) {
                assertInstanceOf(Frame.ServerInfo.class, hello(expiring, memberKey));
                assertInstanceOf(Frame.ServerInfo.class, hello(staying, stayingKey));
                relaysTo(expiring, memberKey);
                clock.advance(Duration.ofMinutes(30));
                assertEquals(CLOSED, read(expiring.getInputStream()));
                relaysTo(staying, stayingKey);
                awaitClosed(relay, CloseReason.EXPELLED, 1);
            }
        }
    }

    private static void refuses(InsideRelay relay, DerpNode node, PrivateKey key, int times) throws Exception {
        try (Socket socket = dial(node)) {
            assertEquals(CLOSED, hello(socket, key));
            awaitClosed(relay, CloseReason.NOT_ADMITTED, times);
        }
    }

    /** The client may see the end of its connection a moment before the relay counts it. */
    private static void awaitClosed(InsideRelay relay, CloseReason reason, int times) throws InterruptedException {
        for (int i = 0; i < 1000 && relay.counters().closed(reason) < times; i++) {
            Thread.sleep(10);
        }
        assertEquals(times, relay.counters().closed(reason));
    }

    @Test
    void sharesTheCoordinatorsListenerWithoutASeatOfIt() throws Exception {
        try (InsideRelay relay = relay(new Door.Shared(HOST, 0, tls))) {
            Api api = new Api(
                    new Administration(
                            store,
                            (text, users, nodes) -> Optional.empty(),
                            provider -> Optional.empty(),
                            new Seeded(2)),
                    id -> false,
                    Samples.noPings());
            ListenSettings settings = new ListenSettings(ANY_PORT, Set.of(HOST), tls, Duration.ofSeconds(30), 1)
                    .withRelay(relay.sharedKey().orElseThrow());
            try (HttpListener listener = HttpListener.open(settings, new Doors(api, Pages.NONE, relay.takeovers()))) {
                DerpNode node = node(relay.region().withPort(listener.address().getPort()));
                try (Socket first = dial(node);
                        Socket second = helloed(first, node)) {
                    assertTrue(
                            showsTheKey((SSLSocket) second, relay),
                            "the relay's key is in the handshake, so that clients need not wait for it");
                    assertEquals(2, relay.counters().connections());
                    assertEquals(0, listener.counters().openConnections());
                    assertEquals(0, listener.counters().tooManyConnections());
                }
            }
            MetricsText metrics = new MetricsText();
            relay.write(metrics);
            assertTrue(metrics.toString().contains("penstock_relay_admitted_total 2\n"), metrics.toString());
        }
    }

    /** Another connection, for which the listener has a seat as soon as the relay has the first. */
    private Socket helloed(Socket first, DerpNode node) throws Exception {
        assertInstanceOf(Frame.ServerInfo.class, hello(first, memberKey));
        Socket second = dial(node);
        assertInstanceOf(Frame.ServerInfo.class, hello(second, memberKey));
        return second;
    }

    private static boolean showsTheKey(SSLSocket socket, InsideRelay relay) throws IOException {
        X509Certificate last = (X509Certificate)
                socket.getSession().getPeerCertificates()[socket.getSession().getPeerCertificates().length - 1];
        return last.getSubjectX500Principal()
                .getName()
                .equals("CN=derpkey" + relay.sharedKey().orElseThrow().toHex());
    }
}
