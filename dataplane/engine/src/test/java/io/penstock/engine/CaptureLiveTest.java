package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.Dissection.Message;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What passes on the wire, judged by somebody else's eyes: tcpdump takes it, and Wireshark's dissector must recognise every
 * datagram and, given the keys, open it and find in it what the hosts sent.
 *
 * <pre>
 *   A's TUN  ==(tcpdump: pings)== tunnel A -- veth (tcpdump: all of it) ---- veth -- tunnel B, ours or wireguard-go == TUN
 * </pre>
 *
 * The traffic: pings of several sizes, a TCP connection, a second handshake, and a flood that makes B ask for a cookie.
 */
@Tag("live")
@Timeout(60)
class CaptureLiveTest {
    private static final Duration REKEY_AFTER = Duration.ofMillis(500);
    private static final int MTU = 1420;
    private static final int DATAGRAM = 14 + 20 + 8; // offset in a frame: behind Ethernet, IPv4 and UDP
    private static final int WIREGUARD_PORT = 51820;
    private static final int LAST_PORT = 9;
    private static final int PINGS = 12;
    private static final int[] PING_BYTES = {0, 1, 56, 777, 1392};
    private static final int STREAM_BYTES = 400_000;
    private static final int FLOOD = 700;
    private static final int[] DATA_OFFSETS = {0, 1, 4, 15, 16, 31, 47}; // type to tag
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final long LIMIT_NS = 20_000_000_000L;

    @TempDir
    private static Path folder;

    private static Recording ours;
    private static Dissection oursDissected;

    /**
     * The files of one run.
     *
     * @param wire all that passed between the gateways
     * @param pings those that A's host sent and got, without the tunnel around them
     * @param keys opens {@code wire}
     */
    private record Recording(Path wire, Path pings, Path keys) {}

    @BeforeAll
    static void recordOurselves() throws Exception {
        ours = record(new SystemEntropy(), "ours");
        oursDissected = Dissection.of(ours.wire(), ours.keys());
    }

    @Test
    void everyPacketIsWireguardAndHoldsWhatWasSent() throws Exception {
        assertAllWell(ours, oursDissected);
    }

    @Test
    void andSoItIsWithWireguardGo() throws Exception {
        Recording theirs = record(null, "wireguard-go");

        assertAllWell(theirs, Dissection.of(theirs.wire(), theirs.keys()));
    }

    /** The checks above can fail: one bit anywhere in a message, and they do, for this message and no other. */
    @Test
    void oneFlippedBitIsFoundInEachPartOfAMessage() throws Exception {
        List<Integer> frames = framesOf(Data.TYPE).subList(0, DATA_OFFSETS.length);
        Pcap changed = Pcap.read(ours.wire());
        for (int i = 0; i < DATA_OFFSETS.length; i++) {
            changed = changed.withFlippedBit(frames.get(i) - 1, DATAGRAM + DATA_OFFSETS[i]);
        }

        assertEquals(frames, complainedOf(changed));
    }

    @ParameterizedTest
    @CsvSource({"1, 60", "2, 50"})
    void oneFlippedBitInAHandshakeIsFound(int type, int offset) throws Exception {
        int frame = framesOf(type).getFirst();

        List<Integer> complained = complainedOf(Pcap.read(ours.wire()).withFlippedBit(frame - 1, DATAGRAM + offset));

        assertTrue(complained.contains(frame), complained::toString);
    }

    @Test
    void withoutTheKeysNothingOpens() throws Exception {
        Path none = Files.writeString(folder.resolve("none.log"), "");

        Dissection dissection = Dissection.of(ours.wire(), none);

        assertTrue(dissection.messages().stream()
                .allMatch(message -> message.inner().isEmpty()));
        assertEquals(
                oursDissected.messages().stream()
                        .filter(message -> !message.inner().isEmpty())
                        .count(),
                dissection.complaints().stream()
                        .filter(line -> line.contains("type 4"))
                        .count());
    }

    private static void assertAllWell(Recording recording, Dissection dissection) throws Exception {
        assertEquals(List.of(), dissection.complaints());
        assertTrue(dissection.count(Initiation.TYPE) >= 2, "sessions are renewed");
        assertTrue(dissection.count(Response.TYPE) >= 2, "sessions are renewed");
        assertTrue(dissection.count(CookieReply.TYPE) >= 1, "B was asked too much");
        assertEquals(
                sortedHex(Pcap.read(recording.pings()).frames()),
                sortedHex(dissection.inner(ICMP)),
                "what A's host saw");
        assertArrayEquals(random(1), stream(dissection.inner(TCP), packet -> port(packet, 2) == Dissection.TCP_PORT));
        assertArrayEquals(random(2), stream(dissection.inner(TCP), packet -> port(packet, 0) == Dissection.TCP_PORT));
        assertPadded(recording, dissection);
    }

    private static List<Integer> framesOf(int type) {
        return oursDissected.messages().stream()
                .filter(message -> message.type() == type)
                .map(Message::frame)
                .toList();
    }

    private static List<Integer> complainedOf(Pcap changed) throws IOException, InterruptedException {
        Path file = folder.resolve("changed.pcap");
        changed.write(file);
        return Dissection.of(file, ours.keys()).messages().stream()
                .filter(message -> !message.complaint().isEmpty())
                .map(Message::frame)
                .toList();
    }

    /** To a multiple of 16 bytes, but not beyond the MTU. */
    private static void assertPadded(Recording recording, Dissection dissection) throws IOException {
        Pcap pcap = Pcap.read(recording.wire());
        for (Message message : dissection.messages()) {
            if (message.type() == Data.TYPE) {
                int plain = Math.min(MTU, (message.inner().length() / 2 + 15) / 16 * 16);
                int length = pcap.frame(message.frame() - 1).length - DATAGRAM;
                assertEquals(plain + Protocol.TAG_LENGTH + Data.HEADER_LENGTH, length, message::toString);
            }
        }
    }

    /** @param entropyB null for wireguard-go at B */
    private static Recording record(@Nullable Entropy entropyB, String name) throws Exception {
        Path own = Files.createDirectory(folder.resolve(name));
        Recording recording =
                new Recording(own.resolve("wire.pcap"), own.resolve("pings.pcap"), own.resolve("keys.log"));
        KeyLog keys = new KeyLog();
        byte[] preshared = new byte[Protocol.KEY_LENGTH];
        new Random(3).nextBytes(preshared);
        try (TwoSites sites = TwoSites.open(
                new TwoSites.Setup(REKEY_AFTER, keys, entropyB, HexFormat.of().formatHex(preshared)))) {
            NetworkNamespace a = sites.namespaceA();
            // Else a packet socket sees what the gateways hand to the device: runs of datagrams that are cut later.
            run(a, "ip", "link", "set", "veth", "gso_max_segs", "1");
            run(sites.namespaceB(), "ip", "link", "set", "veth", "gso_max_segs", "1");
            String filter = "udp port " + WIREGUARD_PORT + " or udp port " + LAST_PORT;
            try (Tcpdump wire = Tcpdump.start(a, "veth", recording.wire(), filter);
                    Tcpdump inner = Tcpdump.start(a, sites.interfaceA(), recording.pings(), "icmp")) {
                assertTrue(wire.isRunning() && inner.isRunning());
                makeTraffic(sites, recording);
            }
        }
        Pcap wire = Pcap.read(recording.wire());
        wire.firstFrames(lastFrame(wire)).write(recording.wire());
        Files.writeString(
                recording.keys(),
                keys.text(TwoSites.privateKeyA(), TwoSites.publicKey(TwoSites.privateKeyB()), preshared));
        return recording;
    }

    private static void makeTraffic(TwoSites sites, Recording recording) throws Exception {
        NetworkNamespace a = sites.namespaceA();
        int packets = 0;
        for (int bytes : PING_BYTES) {
            packets += ping(a, bytes);
        }
        exchange(a, sites.namespaceB());
        long startNs = System.nanoTime();
        while (datagrams(recording.wire(), Response.LENGTH).size() < 2) {
            assertTrue(System.nanoTime() - startNs < LIMIT_NS, "no second handshake");
            packets += ping(a, 100);
        }
        provokeCookie(a, recording.wire());
        packets += ping(a, 200);
        send(a, new byte[1], LAST_PORT);
        int expected = packets;
        await("the last datagram", () -> lastFrame(Pcap.read(recording.wire())) >= 0);
        await("all pings", () -> Pcap.read(recording.pings()).count() >= expected);
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(String what, Condition condition) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - startNs < LIMIT_NS, "tcpdump never saw " + what);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Index of the datagram that is sent when all is over, -1 if it has not come. */
    private static int lastFrame(Pcap pcap) {
        for (int i = 0; i < pcap.count(); i++) {
            if (port(Arrays.copyOfRange(pcap.frame(i), 14, DATAGRAM), 2) == LAST_PORT) {
                return i;
            }
        }
        return -1;
    }

    private static List<byte[]> datagrams(Path wire, int length) throws IOException {
        return Pcap.read(wire).frames().stream()
                .filter(frame -> frame.length == DATAGRAM + length)
                .map(frame -> Arrays.copyOfRange(frame, DATAGRAM, frame.length))
                .toList();
    }

    /** Returns how many requests and answers there were. */
    private static int ping(NetworkNamespace from, int bytes) throws Exception {
        String said =
                run(from, "ping", "-n", "-q", "-c", "" + PINGS, "-i", "0.02", "-W", "5", "-s", "" + bytes, "10.9.0.2");
        assertTrue(said.contains(PINGS + " packets transmitted, " + PINGS + " received"), said);
        return 2 * PINGS;
    }

    /** Random bytes to B, and others back, over one TCP connection inside the tunnel. */
    private static void exchange(NetworkNamespace a, NetworkNamespace b) throws Exception {
        ServerSocket server = b.call(() -> new ServerSocket(Dissection.TCP_PORT));
        FutureTask<byte[]> atB = new FutureTask<>(() -> {
            try (server;
                    Socket socket = server.accept()) {
                byte[] received = socket.getInputStream().readNBytes(STREAM_BYTES);
                socket.getOutputStream().write(random(2));
                return received;
            }
        });
        Thread.ofVirtual().start(atB);
        byte[] atA = a.call(() -> {
            try (Socket socket = new Socket("10.9.0.2", Dissection.TCP_PORT)) {
                socket.getOutputStream().write(random(1));
                return socket.getInputStream().readNBytes(STREAM_BYTES);
            }
        });
        assertArrayEquals(random(1), atB.get());
        assertArrayEquals(random(2), atA);
    }

    private static byte[] random(int seed) {
        byte[] bytes = new byte[STREAM_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Repeats an initiation that passed on the wire until B is busy enough to ask for a cookie. */
    private static void provokeCookie(NetworkNamespace a, Path wire) throws Exception {
        byte[] initiation = datagrams(wire, Initiation.LENGTH).getFirst();
        a.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout(50);
                DatagramPacket reply = new DatagramPacket(new byte[256], 256);
                long startNs = System.nanoTime();
                while (System.nanoTime() - startNs < LIMIT_NS) {
                    for (int i = 0; i < FLOOD; i++) {
                        socket.send(new DatagramPacket(initiation, initiation.length, to(WIREGUARD_PORT)));
                    }
                    try {
                        socket.receive(reply);
                        assertEquals(CookieReply.LENGTH, reply.getLength());
                        return reply;
                    } catch (SocketTimeoutException e) {
                        // not busy enough: again
                    }
                }
                throw new AssertionError("B never asked for a cookie");
            }
        });
    }

    private static void send(NetworkNamespace from, byte[] payload, int port) throws Exception {
        from.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(payload, payload.length, to(port)));
            }
            return port;
        });
    }

    private static InetSocketAddress to(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("192.0.2.2"), port);
    }

    private static List<String> sortedHex(List<byte[]> packets) {
        return packets.stream().map(HexFormat.of()::formatHex).sorted().toList();
    }

    /** The bytes that one direction of the connection carried, put together by their sequence numbers. */
    private static byte[] stream(List<byte[]> packets, Predicate<byte[]> isOurs) {
        int first = packets.stream()
                .filter(isOurs)
                .filter(packet -> (packet[tcp(packet) + 13] & 2) != 0) // SYN
                .mapToInt(packet -> ByteBuffer.wrap(packet).getInt(tcp(packet) + 4) + 1)
                .findFirst()
                .orElseThrow();
        byte[] stream = new byte[STREAM_BYTES];
        BitSet filled = new BitSet();
        for (byte[] packet : packets.stream().filter(isOurs).toList()) {
            int payload = tcp(packet) + (packet[tcp(packet) + 12] >> 4 & 15) * 4;
            int at = ByteBuffer.wrap(packet).getInt(tcp(packet) + 4) - first;
            if (packet.length > payload) {
                System.arraycopy(packet, payload, stream, at, packet.length - payload);
                filled.set(at, at + packet.length - payload);
            }
        }
        assertEquals(STREAM_BYTES, filled.cardinality());
        return stream;
    }

    /** Offset of the TCP or UDP header. */
    private static int tcp(byte[] packet) {
        return (packet[0] & 15) * 4;
    }

    private static int port(byte[] packet, int offset) {
        return ByteBuffer.wrap(packet).getShort(tcp(packet) + offset) & 0xffff;
    }

    private static String run(NetworkNamespace namespace, String... command) throws Exception {
        Process process = namespace.call(new ProcessBuilder(command).redirectErrorStream(true)::start);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + said);
        return said;
    }
}
