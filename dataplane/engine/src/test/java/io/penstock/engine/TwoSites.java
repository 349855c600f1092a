package io.penstock.engine;

import io.penstock.engine.uapi.UapiSession;
import io.penstock.ffm.netlink.Addresses;
import io.penstock.ffm.netlink.IpNetwork;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
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
 * Needs root and TUN; leaves nothing behind.
 */
final class TwoSites implements AutoCloseable {
    static final int ADDRESS_A = 0x0a090001;
    static final int ADDRESS_B = 0x0a090002;
    private static final int PORT = 51820;

    private final String id =
            Long.toString(ProcessHandle.current().pid(), 36) + Integer.toString(new Random().nextInt(36 * 36), 36);
    private final Path state;
    private @Nullable NetworkNamespace namespaceA;
    private @Nullable NetworkNamespace namespaceB;
    private @Nullable Tunnel tunnelA;
    private @Nullable Tunnel tunnelB;

    private final Duration rekeyAfter;
    private final RecordingLogger log = new RecordingLogger();

    private TwoSites(Duration rekeyAfter) throws IOException {
        this.rekeyAfter = rekeyAfter;
        state = Files.createTempDirectory("penstock-two-sites");
    }

    /** Opens both; sessions are renewed at the age of {@code rekeyAfter}. */
    static TwoSites open(Duration rekeyAfter) throws Exception {
        TwoSites sites = new TwoSites(rekeyAfter);
        try {
            sites.build();
        } catch (Exception e) {
            sites.close();
            throw e;
        }
        return sites;
    }

    private void build() throws Exception {
        NetworkNamespace a = NetworkNamespace.create("pt" + id + "a");
        namespaceA = a;
        NetworkNamespace b = NetworkNamespace.create("pt" + id + "b");
        namespaceB = b;
        try (Netlink atA = a.netlink()) {
            new Links(atA).createVeth("veth", "veth", b.fd());
        }
        join(a, "192.0.2.1/24");
        join(b, "192.0.2.2/24");
        byte[] keyA = privateKey(1);
        byte[] keyB = privateKey(2);
        tunnelA = start(a, "pt" + id + "a", "10.9.0.1/24", keyA, keyB, "192.0.2.2", "10.9.0.2/32");
        tunnelB = start(b, "pt" + id + "b", "10.9.0.2/24", keyB, keyA, "192.0.2.1", "10.9.0.1/32");
    }

    private static void join(NetworkNamespace namespace, String address) throws Exception {
        namespace.bringLoopbackUp();
        try (Netlink netlink = namespace.netlink()) {
            int veth = new Links(netlink).index("veth");
            new Addresses(netlink).add(veth, IpNetwork.parse(address));
            new Links(netlink).setUp(veth);
        }
    }

    private Tunnel start(
            NetworkNamespace namespace,
            String name,
            String address,
            byte[] privateKey,
            byte[] peerKey,
            String peerHost,
            String allowedIp)
            throws Exception {
        Tunnel tunnel = namespace.call(() -> Tunnel.open(new TunnelOptions(name, -1, null, state, rekeyAfter, log)));
        set(tunnel, """
                private_key=%s
                listen_port=%d
                public_key=%s
                endpoint=%s:%d
                allowed_ip=%s
                """.formatted(hex(privateKey), PORT, hex(publicKey(peerKey)), peerHost, PORT, allowedIp));
        try (Netlink netlink = namespace.netlink()) {
            int index = new Links(netlink).index(name);
            new Addresses(netlink).add(index, IpNetwork.parse(address));
            new Links(netlink).setUp(index);
        }
        return tunnel;
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

    private static byte[] publicKey(byte[] privateKey) {
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
        if (namespaceA != null) {
            namespaceA.close();
            NetworkNamespace.delete("pt" + id + "a");
        }
        if (namespaceB != null) {
            namespaceB.close();
            NetworkNamespace.delete("pt" + id + "b");
        }
        try (Stream<Path> files = Files.walk(state)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
