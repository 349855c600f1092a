package io.penstock.node.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.tun.Tun;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the changes at a gateway's host do to packets. The test is the tunnel: it reads and writes the TUN device. Needs root. */
@Tag("live")
class HostTrafficLiveTest {
    private static final int AWAIT_MS = 3_000;
    private static final int ABSENT_MS = 300;
    private static final int BUFFER_LENGTH = 2_048;

    @TempDir
    private Path state;

    private final LibC libc = new LibC();
    private final long buffer = Memory.slab(BUFFER_LENGTH);
    private GatewayLab lab;
    private Tun tun;

    @BeforeEach
    void setUp() throws Exception {
        lab = new GatewayLab(state);
        tun = lab.openTunnel();
    }

    @AfterEach
    void tearDown() throws Exception {
        tun.close();
        lab.close();
        libc.munmap(buffer, BUFFER_LENGTH);
    }

    @Test
    void clampsSegmentsOfForwardedConnectionsBothWays() throws Exception {
        apply(GatewayLab.gateway().mtuBytes(1380));
        assertEquals(1340, segmentOfSyn("10.2.0.9"), "1380 less the headers of IPv4 and TCP");
        assertEquals(1340, segmentOfAnswer(1460), "and of what answers from the site");
        assertEquals(1340, segmentAtTheSite(1460));
        assertEquals(900, segmentAtTheSite(900), "never made longer");

        apply(GatewayLab.gateway().mtuBytes(1380).clampMss(false));
        assertEquals(1460, segmentOfSyn("10.2.0.9"));
    }

    @Test
    void keepsSourcesBetweenSitesUnlessAsked() throws Exception {
        apply(GatewayLab.gateway());
        assertEquals("/10.2.0.9", sourceAtTheSite(() -> write(Packets.udp("10.2.0.9", "10.1.0.2", 7))));
        apply(GatewayLab.gateway().snat(true));
        assertEquals("/10.1.0.1", sourceAtTheSite(() -> write(Packets.udp("10.2.0.10", "10.1.0.2", 7))));
    }

    @Test
    void exitNodeLooksLikeItselfOutsideAndKeepsSourcesWithin() throws Exception {
        apply(GatewayLab.gateway().advertised(GatewayLab.prefixes("0.0.0.0/0", "10.1.0.0/24")));
        assertEquals("/10.2.0.9", sourceAtTheSite(() -> write(Packets.udp("10.2.0.9", "10.1.0.2", 7))));
        try (DatagramSocket outside = lab.net.call(() -> new DatagramSocket(7))) {
            outside.setSoTimeout(AWAIT_MS);
            write(Packets.udp("10.2.0.9", "203.0.113.9", 7));
            assertEquals("/198.51.100.2", receive(outside).getAddress().toString());
        }
    }

    @Test
    void neighboursDoNotReachOverlayAddresses() throws Exception {
        try (DatagramSocket service = lab.gateway.call(() -> new DatagramSocket(7));
                DatagramSocket neighbour = lab.site.call(() -> new DatagramSocket())) {
            service.setSoTimeout(ABSENT_MS);
            apply(GatewayLab.gateway().changesFirewall(false));
            send(neighbour, "100.64.0.1", 7);
            assertEquals("/10.1.0.2", receive(service).getAddress().toString(), "without the guard it is reached");
            apply(GatewayLab.gateway());
            send(neighbour, "100.64.0.1", 7);
            assertThrows(SocketTimeoutException.class, () -> receive(service));
            send(neighbour, "10.1.0.1", 7);
            assertEquals("/10.1.0.2", receive(service).getAddress().toString());
            write(Packets.udp("100.64.0.2", "100.64.0.1", 7));
            assertEquals("/100.64.0.2", receive(service).getAddress().toString(), "through the tunnel");
        }
    }

    /** With a default route into the tunnel the check of sources would drop what peers send to the uplink. */
    @Test
    void peersReachTheTunnelsPortWithAnExitNodeAndStrictSources() throws Exception {
        lab.gateway.setSysctl("net.ipv4.conf.wan.rp_filter", "1");
        try (DatagramSocket port = lab.gateway.call(() -> new DatagramSocket(41641));
                DatagramSocket peer = lab.net.call(
                        () -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("203.0.113.9"), 0)))) {
            port.setSoTimeout(ABSENT_MS);
            apply(GatewayLab.exit().changesFirewall(false));
            send(peer, "198.51.100.2", 41641);
            assertThrows(SocketTimeoutException.class, () -> receive(port), "without the mark");
            apply(GatewayLab.exit());
            send(peer, "198.51.100.2", 41641);
            assertEquals("/203.0.113.9", receive(port).getAddress().toString());
        }
    }

    @Test
    void whoComesFromOutsideIsAnsweredTheWayHeCameWithAnExitNode() throws Exception {
        try (ServerSocket server = lab.gateway.call(() -> new ServerSocket(22))) {
            server.setSoTimeout(ABSENT_MS);
            for (String strict : new String[] {"0", "1"}) {
                lab.gateway.setSysctl("net.ipv4.conf.wan.rp_filter", strict);
                apply(GatewayLab.exit().changesFirewall(false));
                try (SocketChannel admin = fromOutside()) {
                    admin.connect(new InetSocketAddress(InetAddress.ofLiteral("198.51.100.2"), 22));
                    assertThrows(SocketTimeoutException.class, server::accept, "without the mark");
                }
                apply(GatewayLab.exit());
                try (SocketChannel admin = fromOutside()) {
                    admin.connect(new InetSocketAddress(InetAddress.ofLiteral("198.51.100.2"), 22));
                    try (Socket accepted = server.accept()) {
                        accepted.getOutputStream().write(7);
                        admin.configureBlocking(true);
                        assertTrue(admin.finishConnect());
                        assertEquals(7, admin.socket().getInputStream().read());
                    }
                }
                lab.host(host -> host.apply(GatewayLab.gateway().build()));
            }
        }
    }

    private SocketChannel fromOutside() throws Exception {
        SocketChannel socket = lab.net.call(SocketChannel::open);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral("203.0.113.9"), 0))
                .configureBlocking(false);
        return socket;
    }

    /** Numbered datagrams from the site into the tunnel, while one setting after another changes. */
    @Test
    void changesOfSettingsLoseNoPacket() throws Exception {
        apply(GatewayLab.gateway());
        AtomicBoolean goesOn = new AtomicBoolean(true);
        int[] sent = new int[1];
        Thread sender = Thread.ofPlatform().start(() -> {
            try (DatagramSocket socket = lab.site.call(() -> new DatagramSocket())) {
                InetAddress to = InetAddress.ofLiteral("10.2.0.9");
                while (goesOn.get()) {
                    byte[] number = ByteBuffer.allocate(4).putInt(sent[0]).array();
                    socket.send(new DatagramPacket(number, number.length, to, 7));
                    sent[0]++;
                    Thread.sleep(1);
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Thread changes = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 0; i < 3; i++) {
                    apply(GatewayLab.exit().snat(true));
                    apply(GatewayLab.gateway().routes(GatewayLab.prefixes("10.0.0.0/8", "10.2.0.0/16")));
                    apply(GatewayLab.gateway().routes(GatewayLab.prefixes("10.2.0.0/16", "100.64.0.3/32")));
                    apply(GatewayLab.gateway().mtuBytes(1380).clampMss(false));
                    apply(GatewayLab.gateway().addresses(GatewayLab.prefixes("100.64.0.7/32")));
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            } finally {
                goesOn.set(false);
            }
        });
        Set<Integer> seen = new HashSet<>();
        long quietSinceNs = System.nanoTime();
        while (sender.isAlive() || System.nanoTime() - quietSinceNs < ABSENT_MS * 1_000_000L) {
            ByteBuffer packet = read();
            if (packet == null) {
                Thread.sleep(1);
            } else if (packet.get(Packets.PROTOCOL_OFFSET) == Packets.UDP
                    && packet.limit() == Packets.IPV4_LENGTH + 12) {
                seen.add(packet.getInt(Packets.IPV4_LENGTH + 8));
                quietSinceNs = System.nanoTime();
            }
        }
        sender.join();
        changes.join();
        assertTrue(sent[0] > 100, () -> sent[0] + " sent");
        assertEquals(sent[0], seen.size(), "arrived");
    }

    private void apply(HostSettings.Builder settings) throws Exception {
        lab.host(host -> host.apply(settings.build()));
    }

    /** What the SYN of a host of the site says by the time it enters the tunnel. */
    private int segmentOfSyn(String to) throws Exception {
        try (SocketChannel socket = lab.site.call(SocketChannel::open)) {
            socket.configureBlocking(false);
            assertFalse(socket.connect(new InetSocketAddress(InetAddress.ofLiteral(to), 80)), "nobody answers");
            return Packets.segment(awaitTcp(Packets.SYN));
        }
    }

    /** What a server of the site answers to a SYN out of the tunnel. */
    private int segmentOfAnswer(int offered) throws Exception {
        try (ServerSocket server = lab.site.call(() -> new ServerSocket(80))) {
            write(Packets.syn("10.2.0.9", "10.1.0.2", server.getLocalPort(), offered));
            return Packets.segment(awaitTcp(Packets.SYN | 0x10));
        }
    }

    /** What a SYN out of the tunnel says by the time it is at the site. */
    private int segmentAtTheSite(int offered) throws Exception {
        Process capture = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        lab.siteName,
                        "timeout",
                        "10",
                        "tcpdump",
                        "--immediate-mode",
                        "-nvi",
                        "eth0",
                        "-c",
                        "1",
                        "src host 10.2.0.9 and tcp[tcpflags] & tcp-syn != 0")
                .redirectErrorStream(true)
                .start();
        try (var reader = capture.inputReader()) {
            String line = reader.readLine();
            while (line != null && !line.contains("listening on")) {
                line = reader.readLine();
            }
            write(Packets.syn("10.2.0.9", "10.1.0.2", 81, offered));
            StringBuilder rest = new StringBuilder();
            for (line = reader.readLine(); line != null; line = reader.readLine()) {
                rest.append(line).append('\n');
            }
            assertEquals(0, capture.waitFor(), rest.toString());
            assertTrue(rest.toString().contains("(correct)"), rest.toString());
            return Integer.parseInt(rest.toString().replaceAll("(?s).*\\[mss (\\d+).*", "$1"));
        }
    }

    private interface Sends {
        void send() throws Exception;
    }

    private String sourceAtTheSite(Sends sends) throws Exception {
        try (DatagramSocket socket = lab.site.call(() -> new DatagramSocket(7))) {
            socket.setSoTimeout(AWAIT_MS);
            sends.send();
            return receive(socket).getAddress().toString();
        }
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        socket.receive(packet);
        return packet;
    }

    private static void send(DatagramSocket socket, String to, int port) throws IOException {
        socket.send(new DatagramPacket(new byte[4], 4, InetAddress.ofLiteral(to), port));
    }

    private ByteBuffer awaitTcp(int flags) throws InterruptedException {
        long deadlineNs = System.nanoTime() + AWAIT_MS * 1_000_000L;
        while (System.nanoTime() - deadlineNs < 0) {
            ByteBuffer packet = read();
            if (packet == null) {
                Thread.sleep(1);
            } else if (packet.get(0) >> 4 == 4
                    && packet.get(Packets.PROTOCOL_OFFSET) == Packets.TCP
                    && (packet.get(Packets.IPV4_LENGTH + 13) & 0x3f) == flags) {
                return packet;
            }
        }
        throw new AssertionError("no such segment");
    }

    /** The next packet that goes into the tunnel, or null. */
    private @Nullable ByteBuffer read() {
        int length = libc.read(tun.fd(), buffer, BUFFER_LENGTH);
        return length <= 0 ? null : ByteBuffer.wrap(Memory.bytes(buffer, length));
    }

    private void write(byte[] packet) {
        Memory.copy(packet, 0, buffer, packet.length);
        assertEquals(packet.length, libc.write(tun.fd(), buffer, packet.length));
    }
}
