package io.penstock.node.daemon;

import io.penstock.engine.SystemEntropy;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.node.daemon.core.MachineFacts;
import io.penstock.node.daemon.state.StateFolder;
import io.penstock.node.path.core.PathSettings;
import io.penstock.node.relay.Proxies;
import io.penstock.node.relay.RelaySettings;
import io.penstock.wireguard.X25519;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A whole daemon: its state, its node, its local API. One for each process. */
public final class DaemonProcess implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DaemonProcess.class.getName());
    private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");
    private static final Path OS_RELEASE = Path.of("/etc/os-release");
    private static final long PATIENCE_S = 40;

    private final StateFolder folder;
    private final Daemon daemon;
    private final LocalServer server;
    private final CountDownLatch ended = new CountDownLatch(1);

    private DaemonProcess(StateFolder folder, Daemon daemon, LocalServer server) {
        this.folder = folder;
        this.daemon = daemon;
        this.server = server;
    }

    /**
     * Opens all that it needs; {@link #run} makes it work.
     *
     * @throws IOException with the cure where there is one
     */
    public static DaemonProcess open(DaemonOptions options) throws IOException {
        StateFolder folder = StateFolder.open(options.stateFolder());
        try {
            Daemon daemon = new Daemon(new Daemon.Parts(
                    folder,
                    facts(options.version()),
                    new SystemEntropy(),
                    x25519(),
                    TunnelPlane.factory(new TunnelPlane.Options(
                            options.stateFolder(),
                            options.aead(),
                            PathSettings.DEFAULT,
                            new RelaySettings(null, options.usesPlainRelays(), Proxies.of(System.getenv())))),
                    HostPort::open,
                    new RealCoordinating(x25519(), new SystemEntropy()),
                    SystemdSupervisor.of(options.notifySocket()),
                    options.keepsHost()));
            LocalServer server = LocalServer.open(options.socket(), daemon, LocalServer.Limits.DEFAULT);
            LOG.log(
                    Level.DEBUG,
                    "callers are answered at {0}, state is in {1}",
                    options.socket(),
                    options.stateFolder());
            return new DaemonProcess(folder, daemon, server);
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private static X25519 x25519() {
        return NativeX25519.choose(reason -> LOG.log(Level.DEBUG, reason));
    }

    private static MachineFacts facts(String version) throws IOException {
        Map<String, String> release = new HashMap<>();
        if (Files.isReadable(OS_RELEASE)) {
            for (String line : Files.readAllLines(OS_RELEASE, StandardCharsets.UTF_8)) {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    release.put(
                            line.substring(0, equals),
                            line.substring(equals + 1).replace("\"", ""));
                }
            }
        }
        String host = Files.readString(HOSTNAME, StandardCharsets.UTF_8).strip();
        int dot = host.indexOf('.');
        return new MachineFacts(
                dot > 0 ? host.substring(0, dot) : host,
                version,
                System.getProperty("os.version", ""),
                release.getOrDefault("ID", ""),
                release.getOrDefault("VERSION_ID", ""),
                System.getProperty("os.arch", "").equals("aarch64") ? "arm64" : "amd64");
    }

    /** Works until {@link #close}, on the calling thread and in its network namespace. */
    public void run() throws IOException {
        try {
            daemon.run();
        } finally {
            server.close();
            folder.close();
            ended.countDown();
        }
    }

    /** Whether {@link #run} has returned. */
    public boolean hasEnded() {
        return ended.getCount() == 0;
    }

    /** Ends it, from another thread, and waits until the host is as it was, for at most {@value #PATIENCE_S} seconds. */
    @Override
    public void close() {
        daemon.end();
        try {
            if (!ended.await(PATIENCE_S, TimeUnit.SECONDS)) {
                LOG.log(Level.ERROR, "the daemon does not end; the next start puts the host back");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
