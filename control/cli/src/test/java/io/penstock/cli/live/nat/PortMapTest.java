package io.penstock.cli.live.nat;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.nat.NatRouter;
import io.penstock.node.portmap.core.PortMapKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A router that runs the distribution's miniupnpd leads a port to us, asked by each protocol, until we end it.
 *
 * <pre>
 *   somebody 2.2.2.1 ──── wan 2.2.2.2 router 192.168.1.1 lan ──── 192.168.1.10 host
 * </pre>
 */
@Tag("live")
class PortMapTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PORT = 41641;
    private static final String OUTSIDE = "2.2.2.2"; // miniupnpd refuses the addresses that are kept for documentation

    private static final String RULES = """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop
                ct state established,related accept
                iifname { "lan", "lo" } accept
              }
              chain forward {
                type filter hook forward priority filter; policy drop
                ct state established,related accept
                iifname "lan" accept
                jump miniupnpd
              }
              chain prerouting {
                type nat hook prerouting priority dstnat; policy accept
                jump prerouting_miniupnpd
              }
              chain postrouting {
                type nat hook postrouting priority srcnat; policy accept
                oifname "wan" masquerade
                jump postrouting_miniupnpd
              }
              chain miniupnpd { }
              chain prerouting_miniupnpd { }
              chain postrouting_miniupnpd { }
            }
            """;

    @TempDir
    private Path folder = Path.of("");

    private final List<AutoCloseable> open = new ArrayList<>();

    @Test
    void routersLeadAPortToUsByEachProtocol() throws Exception {
        try {
            run();
        } finally {
            for (AutoCloseable each : open.reversed()) {
                each.close();
            }
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private void run() throws Exception {
        Site somebody = opened(Site.make("somebody"));
        Site router = opened(Site.make("router"));
        Site host = opened(Site.make("host"));
        connect(somebody, "eth0", "2.2.2.1/24", router, "wan", OUTSIDE + "/24");
        connect(host, "eth0", "192.168.1.10/24", router, "lan", "192.168.1.1/24");
        host.ip("route add default via 192.168.1.1");
        router.ip("route add default via 2.2.2.1");
        router.sysctl("net.ipv4.ip_forward", "1");
        try (NetworkNamespace namespace = NetworkNamespace.open(router.name())) {
            NatRouter.load(namespace, RULES);
        }
        opened(new Miniupnpd(router, "lan", "192.168.1.0/24", folder));
        DatagramChannel inside = opened(host.call(() -> DatagramChannel.open().bind(new InetSocketAddress(PORT))));
        inside.configureBlocking(false);

        assertFalse(arrives(somebody, inside, PORT), "the router lets in what nobody has asked for");
        for (PortMapKind kind : PortMapKind.values()) {
            Path output = folder.resolve(kind + ".txt");
            Process program = start(host, kind, output);
            try {
                Await.until(kind + " gave a mapping:\n" + text(output), PATIENCE, () -> port(output, kind) != 0);
                int port = port(output, kind);
                System.out.printf("%s: %s:%d leads to port %d%n", kind.title(), OUTSIDE, port, PORT);
                assertTrue(arrives(somebody, inside, port), kind + ": nothing came through " + port);
                program.getOutputStream().close();
                assertTrue(program.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), kind + " does not end");
                assertTrue(text(output).endsWith("ended\n"), () -> text(output));
                assertFalse(arrives(somebody, inside, port), kind + ": the mapping was not ended");
            } finally {
                program.destroyForcibly();
            }
        }
    }

    private static void connect(Site a, String linkA, String addressA, Site b, String linkB, String addressB) {
        a.ip("link add " + linkA + " type veth peer name " + linkB + " netns " + b.name());
        a.ip("addr add " + addressA + " dev " + linkA);
        a.ip("link set " + linkA + " up");
        b.ip("addr add " + addressB + " dev " + linkB);
        b.ip("link set " + linkB + " up");
    }

    private static Process start(Site host, PortMapKind kind, Path output) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
        Path java = Path.of(System.getProperty("java.home", ""), "bin", "java");
        return new ProcessBuilder(host.inside(List.of(
                        "" + java,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        PortMapProgram.class.getName(),
                        "" + PORT,
                        kind.name())))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** The last thing it said; 0 if there is no mapping. */
    private static int port(Path output, PortMapKind kind) {
        Matcher line = Pattern.compile("(?m)^2\\.2\\.2\\.2:(\\d+) .*kind=" + kind.name())
                .matcher(text(output));
        int port = 0;
        while (line.find()) {
            port = Integer.parseInt(line.group(1));
        }
        return port;
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a datagram of somebody outside to a port of the router comes to us. */
    private static boolean arrives(Site somebody, DatagramChannel inside, int port) throws Exception {
        byte[] token = Long.toHexString(System.nanoTime()).getBytes(US_ASCII);
        somebody.call(() -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                return channel.send(
                        ByteBuffer.wrap(token), new InetSocketAddress(InetAddress.getByName(OUTSIDE), port));
            }
        });
        ByteBuffer received = ByteBuffer.allocate(64);
        for (int i = 0; i < 20; i++) {
            received.clear();
            if (inside.receive(received) != null) {
                return Arrays.equals(token, Arrays.copyOf(received.array(), received.position()));
            }
            Await.millis(50);
        }
        return false;
    }
}
