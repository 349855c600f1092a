package io.penstock.engine;

import io.penstock.engine.uapi.UapiSession;
import io.penstock.engine.wire.WireListener;
import io.penstock.ffm.LibC;
import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.tun.Tun;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Two real tunnels of this process, each in a namespace of its own, joined by a veth pair:
 *
 * <pre>
 *   namespace A                                   namespace B
 *   tun 10.9.0.1/24 == Tunnel -- veth 192.0.2.1 ---- 192.0.2.2 veth -- Tunnel == tun 10.9.0.2/24
 * </pre>
 *
 * B may be wireguard-go instead. Needs root and TUN; leaves nothing behind.
 */
final class TwoSites implements AutoCloseable {
    static final int ADDRESS_A = 0x0a090001;
    static final int ADDRESS_B = 0x0a090002;
    static final int PORT = 51820;
    private static final int OWN = -1;

    private final String id =
            Long.toString(ProcessHandle.current().pid(), 36) + Integer.toString(new Random().nextInt(36 * 36), 36);
    private final Path state;
    private @Nullable NetworkNamespace namespaceA;
    private @Nullable NetworkNamespace namespaceB;
    private @Nullable Tunnel tunnelA;
    private @Nullable Tunnel tunnelB;

    private @Nullable WireguardGo foreignB;

    private final Setup setup;
    private int tunFlagsA = OWN;
    private WireListener listenerA = WireListener.NONE;
    private WireListener listenerB = WireListener.NONE;
    private LibC laneCallsA = new LibC();
    private LibC laneCallsB = new LibC();
    private final RecordingLogger log = new RecordingLogger(Level.INFO);

    /**
     * How the sites are made.
     *
     * @param rekeyAfter age at which our own tunnels renew a session
     * @param entropyB null for wireguard-go at B
     * @param presharedKey in hex digits, all zero for none
     */
    record Setup(
            Duration rekeyAfter,
            Entropy entropyA,
            @Nullable Entropy entropyB,
            String presharedKey,
            Parallelism parallelism) {
        Setup(Duration rekeyAfter, Entropy entropyA, @Nullable Entropy entropyB, String presharedKey) {
            this(rekeyAfter, entropyA, entropyB, presharedKey, Parallelism.ONE_THREAD);
        }
    }

    private TwoSites(Setup setup) throws IOException {
        this.setup = setup;
        state = Files.createTempDirectory("penstock-two-sites");
    }

    /** Opens both, ours and without a preshared key; sessions are renewed at the age of {@code rekeyAfter}. */
    static TwoSites open(Duration rekeyAfter) throws Exception {
        return open(ours(rekeyAfter));
    }

    /** As above, with so many threads in each. */
    static TwoSites open(Duration rekeyAfter, Parallelism parallelism) throws Exception {
        return open(new Setup(
                rekeyAfter, new SystemEntropy(), new SystemEntropy(), "00".repeat(Protocol.KEY_LENGTH), parallelism));
    }

    /**
     * As above, but A's tunnel is given an open TUN descriptor.
     *
     * @param tunFlags {@code IFF_} constants to open it with, beside {@code IFF_TUN | IFF_NO_PI}
     */
    static TwoSites openAdopting(Duration rekeyAfter, int tunFlags) throws Exception {
        TwoSites sites = new TwoSites(ours(rekeyAfter));
        sites.tunFlagsA = tunFlags;
        return sites.built();
    }

    /** As {@link #open(Duration)}, with the system calls of both tunnels' lanes in the test's hands. */
    static TwoSites openOver(Duration rekeyAfter, LibC laneCallsA, LibC laneCallsB) throws Exception {
        TwoSites sites = new TwoSites(ours(rekeyAfter));
        sites.laneCallsA = laneCallsA;
        sites.laneCallsB = laneCallsB;
        return sites.built();
    }

    /** As {@link #open(Duration)}, with somebody who finds the paths. */
    static TwoSites openListening(Duration rekeyAfter, WireListener a, WireListener b) throws Exception {
        return openListening(rekeyAfter, Parallelism.ONE_THREAD, a, b);
    }

    /** As above, with so many threads in each. */
    static TwoSites openListening(Duration rekeyAfter, Parallelism parallelism, WireListener a, WireListener b)
            throws Exception {
        TwoSites sites = new TwoSites(new Setup(
                rekeyAfter, new SystemEntropy(), new SystemEntropy(), "00".repeat(Protocol.KEY_LENGTH), parallelism));
        sites.listenerA = a;
        sites.listenerB = b;
        return sites.built();
    }

    static TwoSites open(Setup setup) throws Exception {
        return new TwoSites(setup).built();
    }

    private static Setup ours(Duration rekeyAfter) {
        return new Setup(rekeyAfter, new SystemEntropy(), new SystemEntropy(), "00".repeat(Protocol.KEY_LENGTH));
    }

    private TwoSites built() throws Exception {
        try {
            build();
        } catch (Exception e) {
            close();
            throw e;
        }
        return this;
    }

    private void build() throws Exception {
        NetworkNamespace a = NetworkNamespace.create(interfaceA());
        namespaceA = a;
        NetworkNamespace b = NetworkNamespace.create(interfaceB());
        namespaceB = b;
        try (Netlink atA = a.netlink()) {
            new Links(atA).createVeth("veth", "veth", b.fd());
        }
        join(a, "192.0.2.1/24", "2001:db8::1/64");
        join(b, "192.0.2.2/24", "2001:db8::2/64");
        String linesB = lines(privateKeyB(), privateKeyA(), "192.0.2.1", "10.9.0.1/32");
        tunnelA = start(a, interfaceA(), tunFlagsA, setup.entropyA(), laneCallsA, listenerA);
        set(tunnelA, linesA());
        if (setup.entropyB() == null) {
            foreignB = WireguardGo.start(b, interfaceB());
            foreignB.set(linesB);
        } else {
            tunnelB = start(b, interfaceB(), OWN, setup.entropyB(), laneCallsB, listenerB);
            set(tunnelB, linesB);
        }
        address(a, interfaceA(), "10.9.0.1/24");
        address(b, interfaceB(), "10.9.0.2/24");
    }

    private String linesA() {
        return lines(privateKeyA(), privateKeyB(), "192.0.2.2", "10.9.0.2/32");
    }

    /** Gives A the configuration that it was opened with, whatever it has by now. */
    void restoreA() {
        set(tunnelA(), "fwmark=0\nreplace_peers=true\n" + linesA());
    }

    private static void join(NetworkNamespace namespace, String address4, String address6) throws Exception {
        namespace.bringLoopbackUp();
        try (Netlink netlink = namespace.netlink()) {
            int veth = new Links(netlink).index("veth");
            new Addresses(netlink).add(veth, IpNetwork.parse(address4));
            new Addresses(netlink).addWithoutDetection(veth, IpNetwork.parse(address6));
            new Links(netlink).setUp(veth);
        }
    }

    private Tunnel start(
            NetworkNamespace namespace,
            String name,
            int tunFlags,
            Entropy entropy,
            LibC laneCalls,
            WireListener listener)
            throws Exception {
        return namespace.call(() -> {
            int tunFd = tunFlags == OWN ? -1 : Tun.open(name, tunFlags).fd();
            return Tunnel.open(
                    new TunnelOptions(name, tunFd, null, setup.parallelism(), state, setup.rekeyAfter(), log, listener),
                    entropy,
                    () -> laneCalls);
        });
    }

    private String lines(byte[] privateKey, byte[] peerKey, String peerHost, String allowedIp) {
        return """
                private_key=%s
                listen_port=%d
                public_key=%s
                preshared_key=%s
                endpoint=%s:%d
                allowed_ip=%s
                """.formatted(
                hex(privateKey), PORT, hex(publicKey(peerKey)), setup.presharedKey(), peerHost, PORT, allowedIp);
    }

    /** Sets the MTU of both tunnels' interfaces, and of the link between the sites. */
    void mtu(int ofTunnels, int ofLink) throws IOException {
        for (NetworkNamespace namespace : List.of(namespaceA(), namespaceB())) {
            try (Netlink netlink = namespace.netlink()) {
                Links links = new Links(netlink);
                links.setMtu(links.index("veth"), ofLink);
                links.setMtu(links.index(namespace == namespaceA() ? interfaceA() : interfaceB()), ofTunnels);
            }
        }
    }

    private static void address(NetworkNamespace namespace, String name, String address) throws IOException {
        try (Netlink netlink = namespace.netlink()) {
            int index = new Links(netlink).index(name);
            new Addresses(netlink).add(index, IpNetwork.parse(address));
            new Links(netlink).setUp(index);
        }
    }

    /** Applies lines as the control socket would; fails unless the answer is errno 0. */
    static void set(Tunnel tunnel, String lines) {
        String reply = ask(tunnel, "set=1\n" + lines + "\n");
        if (!reply.equals("errno=0\n\n")) {
            throw new AssertionError(reply);
        }
    }

    /** The answer to a request of the control socket. */
    static String ask(Tunnel tunnel, String request) {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        UapiSession session = new UapiSession(
                tunnel.configuration(),
                (bytes, offset, length) -> {
                    reply.write(bytes, offset, length);
                    return true;
                },
                zone -> 0,
                System.getLogger("two-sites"));
        byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
        session.receive(bytes, 0, bytes.length);
        return reply.toString(StandardCharsets.UTF_8);
    }

    NetworkNamespace namespaceA() {
        return present(namespaceA);
    }

    NetworkNamespace namespaceB() {
        return present(namespaceB);
    }

    Tunnel tunnelA() {
        return present(tunnelA);
    }

    Tunnel tunnelB() {
        return present(tunnelB);
    }

    /** What both tunnels complained about. */
    RecordingLogger log() {
        return log;
    }

    String interfaceA() {
        return "pt" + id + "a";
    }

    String interfaceB() {
        return "pt" + id + "b";
    }

    static String hexKeyOfA() {
        return hex(publicKey(privateKeyA()));
    }

    static String hexKeyOfB() {
        return hex(publicKey(privateKeyB()));
    }

    static byte[] privateKeyA() {
        return privateKey(1);
    }

    static byte[] privateKeyB() {
        return privateKey(2);
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("closed, or never opened");
        }
        return value;
    }

    private static byte[] privateKey(int seed) {
        byte[] key = new byte[Protocol.KEY_LENGTH];
        new Random(seed).nextBytes(key);
        return key;
    }

    static byte[] publicKey(byte[] privateKey) {
        byte[] key = new byte[Protocol.KEY_LENGTH];
        new BouncyCastleX25519().publicKey(privateKey, key);
        return key;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() throws IOException {
        if (tunnelA != null) {
            tunnelA.close();
        }
        if (tunnelB != null) {
            tunnelB.close();
        }
        if (foreignB != null) {
            foreignB.close();
        }
        if (namespaceA != null) {
            namespaceA.close();
            NetworkNamespace.delete(interfaceA());
        }
        if (namespaceB != null) {
            namespaceB.close();
            NetworkNamespace.delete(interfaceB());
        }
        try (Stream<Path> files = Files.walk(state)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
