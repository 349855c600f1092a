package io.penstock.cli.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.cli.Build;
import io.penstock.cli.server.ListenAddress;
import io.penstock.lab.JsonWriter;
import io.penstock.relay.RelayServer;
import io.penstock.relay.acme.CertificateState;
import io.penstock.relay.core.RelayCounters;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Tells whoever connects to a socket in the state folder how the relay is, as one JSON document, and closes. Reads nothing. Only the
 * relay's own user can connect. One after the other, on a thread of its own.
 */
final class RelayStatus implements AutoCloseable {
    static final int SCHEMA = 1;

    /** The longest document. */
    static final int MAX_BYTES = 64 << 10;

    private static final System.Logger LOG = System.getLogger(RelayStatus.class.getName());

    private final Path socket;
    private final ServerSocketChannel listener;
    private final RelayServer relay;
    private final long startNs = System.nanoTime();

    private RelayStatus(Path socket, ServerSocketChannel listener, RelayServer relay) {
        this.socket = socket;
        this.listener = listener;
        this.relay = relay;
    }

    /** Where it is, in a state folder. */
    static Path socket(Path state) {
        return state.resolve("status.sock");
    }

    /**
     * Tells from here on. What a relay that was killed has left is removed.
     *
     * @throws IOException if another relay tells there, or nothing can be made there
     */
    static RelayStatus open(Path socket, RelayServer relay) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
        if (Files.exists(socket)) {
            try (SocketChannel other = SocketChannel.open(address)) {
                throw new IOException("another relay runs on " + socket.getParent() + " (" + other.getRemoteAddress()
                        + " answers): give this one a --state folder of its own");
            } catch (ConnectException e) {
                Files.delete(socket);
            }
        }
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(address);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw new IOException("cannot tell the relay's status at " + socket + ": " + e.getMessage(), e);
        }
        RelayStatus status = new RelayStatus(socket, listener, relay);
        Thread.ofPlatform().name("relay-status").daemon().start(status::serve);
        return status;
    }

    private void serve() {
        while (listener.isOpen()) {
            try (SocketChannel asker = listener.accept()) {
                asker.configureBlocking(false); // the document has room in any socket; who reads nothing gets no more
                var _ = asker.write(ByteBuffer.wrap(document().getBytes(UTF_8)));
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "somebody was not told the status: {0}", e.toString());
            }
        }
    }

    private String document() {
        RelayCounters.Snapshot now = relay.counters().snapshot();
        JsonWriter out = new JsonWriter().beginObject();
        out.name("schema").value(SCHEMA);
        out.name("version").value(Build.read().version());
        out.name("uptimeSeconds").value((System.nanoTime() - startNs) / 1_000_000_000);
        out.name("listen").value(text(relay.address()));
        out.name("stun").beginArray();
        relay.stunAddresses().forEach(stun -> out.value(text(stun)));
        out.endArray();
        out.name("connections").value(now.connections());
        out.name("clients").value(now.clients());
        out.name("homes").value(now.homes());
        out.name("meshLinks").value(now.meshLinks());
        out.name("accepted").value(now.accepted());
        out.name("admitted").value(now.admitted());
        out.name("packetsReceived").value(now.packetsReceived());
        out.name("bytesReceived").value(now.bytesReceived());
        out.name("packetsSent").value(now.packetsSent());
        out.name("bytesSent").value(now.bytesSent());
        out.name("packetsForwarded").value(now.packetsForwarded());
        out.name("skippedFrames").value(now.skippedFrames());
        out.name("throttled").value(now.throttled());
        writeReasons(out.name("closed"), now.closed());
        writeReasons(out.name("dropped"), now.dropped());
        out.name("stunRequests").value(relay.stunCounters().requests());
        out.name("stunAnswers").value(relay.stunCounters().answers());
        relay.certificate().ifPresent(certificate -> writeCertificate(out.name("certificate"), certificate));
        return out.endObject().document();
    }

    private static void writeCertificate(JsonWriter out, CertificateState certificate) {
        out.beginObject();
        out.name("authority").value(certificate.directory());
        out.name("name").value(certificate.name());
        if (certificate.expires() != null) {
            out.name("expires").value(certificate.expires().toString());
        }
        out.name("nextAttempt").value(certificate.nextAttempt().toString());
        out.name("failures").value(certificate.failures());
        if (certificate.problem() != null) {
            out.name("problem").value(certificate.problem());
        }
        out.endObject();
    }

    private static String text(InetSocketAddress address) {
        return ListenAddress.host(address.getAddress()) + ":" + address.getPort();
    }

    /** Those that happened. */
    private static <R extends Enum<R>> void writeReasons(JsonWriter out, Map<R, Long> counts) {
        out.beginObject();
        if (!counts.isEmpty()) {
            new EnumMap<>(counts).forEach((reason, count) -> {
                if (count > 0) {
                    out.name(reason.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .value(count);
                }
            });
        }
        out.endObject();
    }

    @Override
    public void close() {
        try {
            listener.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the socket of the status stays: {0}", e.toString());
        }
    }
}
