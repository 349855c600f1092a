package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.filter.AddressRange;
import io.penstock.engine.filter.AddressSet;
import io.penstock.engine.filter.PacketFilter;
import io.penstock.engine.filter.PacketRule;
import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Filters at real tunnels. B may be reached by the rules of each test; A lets nothing in but answers. Behind B, for one test, is a host
 * C at a link with a small MTU:
 *
 * <pre>
 *   A  tun 10.9.0.1  ====  tun 10.9.0.2  B  192.168.7.1 -- MTU 1280 -- 192.168.7.2  C
 *      tun fd00:9::1       tun fd00:9::2
 * </pre>
 */
@Tag("live")
@SuppressWarnings("NullAway.Init") // JUnit calls open
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FilterLiveTest {
    private static final List<String> ADDRESSES_A = List.of("10.9.0.1", "fd00:9::1");
    private static final List<String> ADDRESSES_B = List.of("10.9.0.2", "fd00:9::2");
    private static final String C = "192.168.7.2";

    /** Much longer than an answer takes here, and what a test waits for silence. */
    private static final int PATIENCE_MS = 1_500;

    private TwoSites sites;

    @BeforeEach
    void open() throws Exception {
        sites = TwoSites.open(Duration.ofSeconds(120));
        TwoSites.set(
                sites.tunnelA(),
                "public_key=" + TwoSites.hexKeyOfB() + "\nallowed_ip=fd00:9::2/128\nallowed_ip=192.168.7.0/24\n");
        TwoSites.set(sites.tunnelB(), "public_key=" + TwoSites.hexKeyOfA() + "\nallowed_ip=fd00:9::1/128\n");
        address(sites.namespaceA(), sites.interfaceA(), "fd00:9::1/64");
        address(sites.namespaceB(), sites.interfaceB(), "fd00:9::2/64");
        sites.tunnelA().filter(PacketFilter.compile(List.of(), set("10.9.0.1/32", "fd00:9::1/128")));
        rulesOfB(7001);
        ping(sites.namespaceA(), "10.9.0.2"); // the handshake is done
    }

    @AfterEach
    void close() throws IOException {
        sites.close();
    }

    @Test
    void aPortThatARuleOpensCanBeReachedAndNoOther() throws Exception {
        for (String b : ADDRESSES_B) {
            DigestedTcp.exchange(sites.namespaceA(), sites.namespaceB(), b, 7001, 4 << 20, Duration.ofSeconds(30));
            long before = dropsAtB(DropReason.FILTERED_NO_RULE);
            assertFalse(connects(sites.namespaceA(), sites.namespaceB(), b, 7002));
            assertTrue(dropsAtB(DropReason.FILTERED_NO_RULE) > before);
        }
        for (String a : ADDRESSES_A) {
            assertFalse(connects(sites.namespaceB(), sites.namespaceA(), a, 7001), "A opens nothing");
        }
    }

    @Test
    void datagramsAreAnsweredAndNotBegun() throws Exception {
        for (int i = 0; i < ADDRESSES_B.size(); i++) {
            InetSocketAddress atA = new InetSocketAddress(ADDRESSES_A.get(i), 7009);
            InetSocketAddress atB = new InetSocketAddress(ADDRESSES_B.get(i), 7001);
            try (DatagramSocket a = sites.namespaceA().call(() -> new DatagramSocket(atA));
                    DatagramSocket b = sites.namespaceB().call(() -> new DatagramSocket(atB));
                    DatagramSocket stranger = sites.namespaceB().call(DatagramSocket::new)) {
                send(b, atA, 10);
                assertSilent(a);
                send(a, atB, 10);
                receive(b, 10);
                send(b, atA, 20);
                receive(a, 20);
                send(stranger, atA, 30);
                assertSilent(a);
            }
        }
    }

    @Test
    void pingsNeedARuleAndRepliesNone() throws Exception {
        for (int i = 0; i < ADDRESSES_B.size(); i++) {
            assertEquals(0, ping(sites.namespaceA(), ADDRESSES_B.get(i)));
            assertEquals(1, ping(sites.namespaceB(), ADDRESSES_A.get(i)), "no rule lets it in at A");
        }
    }

    /** A datagram of 9,000 bytes travels in seven fragments, of which only the first has a port. */
    @Test
    void bigDatagramsArriveWhereTheirPortIsOpen() throws Exception {
        for (String b : ADDRESSES_B) {
            InetSocketAddress open = new InetSocketAddress(b, 7001);
            InetSocketAddress shut = new InetSocketAddress(b, 7002);
            try (DatagramSocket a = sites.namespaceA().call(DatagramSocket::new);
                    DatagramSocket atOpen = sites.namespaceB().call(() -> new DatagramSocket(open));
                    DatagramSocket atShut = sites.namespaceB().call(() -> new DatagramSocket(shut))) {
                send(a, open, 9_000);
                InetSocketAddress from = receive(atOpen, 9_000);
                send(atOpen, from, 9_000);
                receive(a, 9_000);
                long before = dropsAtB(DropReason.FILTERED_NO_RULE);
                send(a, shut, 9_000);
                assertSilent(atShut);
                assertEquals(before + 1, dropsAtB(DropReason.FILTERED_NO_RULE), "the first fragment");
                assertEquals(0, dropsAtB(DropReason.FILTERED_FRAGMENT));
            }
        }
    }

    @Test
    void wordOfASmallerMtuGetsBackToTheSender() throws Exception {
        String name = sites.interfaceA() + "c";
        try (NetworkNamespace c = NetworkNamespace.create(name)) {
            join(c);
            sites.tunnelB()
                    .filter(PacketFilter.compile(
                            List.of(rule(7001, 7001)), set("10.9.0.2/32", "fd00:9::2/128", "192.168.7.0/24")));
            assertFalse(run(sites.namespaceA(), "ip", "route", "get", C).contains("mtu"));
            DigestedTcp.exchange(sites.namespaceA(), c, C, 7001, 4 << 20, Duration.ofSeconds(30));
            String route = run(sites.namespaceA(), "ip", "route", "get", C);
            assertTrue(route.contains("mtu 1280"), route);
            assertEquals(0, sites.tunnelA().drops().get(DropReason.FILTERED_ICMP_ERROR));
        } finally {
            NetworkNamespace.delete(name);
        }
    }

    private void join(NetworkNamespace c) throws Exception {
        try (Netlink atB = sites.namespaceB().netlink();
                Netlink atC = c.netlink()) {
            Links links = new Links(atB);
            links.createVeth("lan", "lan", c.fd());
            int lan = links.index("lan");
            new Addresses(atB).add(lan, IpNetwork.parse("192.168.7.1/24"));
            links.setMtu(lan, 1280);
            links.setUp(lan);
            int ofC = new Links(atC).index("lan");
            new Addresses(atC).add(ofC, IpNetwork.parse("192.168.7.2/24"));
            new Links(atC).setUp(ofC);
        }
        sites.namespaceB().setSysctl("net.ipv4.ip_forward", "1");
        run(c, "ip", "route", "add", "10.9.0.0/24", "via", "192.168.7.1");
        run(sites.namespaceA(), "ip", "route", "add", "192.168.7.0/24", "dev", sites.interfaceA());
    }

    @Test
    void rulesAreReplacedUnderTraffic() throws Exception {
        try (ServerSocketChannel listener = listen(sites.namespaceB(), "10.9.0.2", 7001);
                SocketChannel client =
                        sites.namespaceA().call(() -> SocketChannel.open(new InetSocketAddress("10.9.0.2", 7001)));
                SocketChannel server = listener.accept()) {
            byte[] sent = new byte[24 << 20];
            new Random(5).nextBytes(sent);
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> readAll(server));
            OutputStream out = client.socket().getOutputStream();
            for (int i = 0; i < 96; i++) { // each quarter of a megabyte under other rules
                rulesOfB(7001 - i % 7, 7001 + i % 5);
                out.write(sent, i << 18, 1 << 18);
            }
            client.shutdownOutput();
            assertArrayEquals(sent, received.get(30, TimeUnit.SECONDS));
            assertEquals(0, dropsAtB(DropReason.FILTERED_REVOKED));
        }
    }

    @Test
    void aConnectionStandsStillWhileItsRuleIsGone() throws Exception {
        try (ServerSocketChannel listener = listen(sites.namespaceB(), "10.9.0.2", 7001);
                SocketChannel client =
                        sites.namespaceA().call(() -> SocketChannel.open(new InetSocketAddress("10.9.0.2", 7001)));
                SocketChannel server = listener.accept()) {
            server.socket().setSoTimeout(PATIENCE_MS);
            client.socket().getOutputStream().write(1);
            assertEquals(1, server.socket().getInputStream().read());
            rulesOfB(7002);
            client.socket().getOutputStream().write(2);
            assertThrows(
                    SocketTimeoutException.class,
                    () -> server.socket().getInputStream().read());
            assertTrue(dropsAtB(DropReason.FILTERED_REVOKED) > 0);
            rulesOfB(7001);
            server.socket().setSoTimeout(30_000);
            assertEquals(2, server.socket().getInputStream().read());
        }
    }

    private void rulesOfB(int port) {
        rulesOfB(port, port);
    }

    private void rulesOfB(int firstPort, int lastPort) {
        sites.tunnelB()
                .filter(PacketFilter.compile(List.of(rule(firstPort, lastPort)), set("10.9.0.2/32", "fd00:9::2/128")));
    }

    private static PacketRule rule(int firstPort, int lastPort) {
        PacketRule.Destination anywhere = new PacketRule.Destination(set("0.0.0.0/0", "::/0"), firstPort, lastPort);
        return new PacketRule(set("10.9.0.1/32", "fd00:9::1/128"), List.of(anywhere), List.of());
    }

    private static AddressSet set(String... prefixes) {
        return AddressSet.of(Arrays.stream(prefixes)
                .map(text -> AddressRange.of(Prefix.parse(text)))
                .toList());
    }

    private long dropsAtB(DropReason reason) {
        return sites.tunnelB().drops().getOrDefault(reason, 0L);
    }

    private static void address(NetworkNamespace namespace, String link, String address) throws IOException {
        try (Netlink netlink = namespace.netlink()) {
            new Addresses(netlink).addWithoutDetection(new Links(netlink).index(link), IpNetwork.parse(address));
        }
    }

    private static ServerSocketChannel listen(NetworkNamespace at, String address, int port) throws Exception {
        return at.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(address, port)));
    }

    /** Whether somebody who listens can be reached. */
    private static boolean connects(NetworkNamespace from, NetworkNamespace to, String address, int port)
            throws Exception {
        try (ServerSocketChannel listener = listen(to, address, port);
                SocketChannel channel = from.call(SocketChannel::open)) {
            assertTrue(listener.isOpen());
            channel.socket().connect(new InetSocketAddress(address, port), PATIENCE_MS);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static byte[] readAll(SocketChannel channel) {
        try {
            return channel.socket().getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(DatagramSocket from, InetSocketAddress to, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        from.send(new DatagramPacket(bytes, length, to));
    }

    /** Receives what {@link #send} sent of this length. */
    private static InetSocketAddress receive(DatagramSocket socket, int length) throws IOException {
        socket.setSoTimeout(PATIENCE_MS);
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        socket.receive(packet);
        byte[] expected = new byte[length];
        new Random(length).nextBytes(expected);
        assertArrayEquals(expected, Arrays.copyOf(packet.getData(), packet.getLength()));
        return new InetSocketAddress(packet.getAddress(), packet.getPort());
    }

    private static void assertSilent(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(PATIENCE_MS);
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        assertThrows(SocketTimeoutException.class, () -> socket.receive(packet));
    }

    /** The exit code of {@code ping}: 0 if there was a reply, 1 if not. */
    private static int ping(NetworkNamespace from, String address) throws Exception {
        return from.call(() -> new ProcessBuilder(
                        "ping", "-c1", "-W2", InetAddress.getByName(address).getHostAddress())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor());
    }

    private static String run(NetworkNamespace in, String... command) throws Exception {
        return in.call(() -> {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), text);
            return text;
        });
    }
}
