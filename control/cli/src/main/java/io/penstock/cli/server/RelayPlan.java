package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.protocol.message.DerpMap;
import io.penstock.relay.RelayKeyFile;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.stun.StunServer;
import io.penstock.server.CoordinatorSettings;
import io.penstock.server.http.SelfSignedFiles;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.relay.DerpMapFile;
import io.penstock.server.relay.DerpMapWatch;
import io.penstock.server.relay.InsideRelay;
import io.penstock.server.relay.InsideRelaySettings;
import io.penstock.server.relay.InsideRelaySettings.Door;
import io.penstock.server.relay.NodeAdmission;
import io.penstock.server.relay.OwnRegion;
import io.penstock.server.store.Store;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What {@code penstock server up} will do about relays, checked. Immutable. */
final class RelayPlan {
    /** In the state folder: the relay's key, and the certificate that it makes for itself. */
    static final String FOLDER = "relay";

    private static final int HTTPS = 443;
    private static final int MAX_PORT = 0xffff;

    private final CoordinatorSettings settings;
    private final boolean isSelfSigned;
    private final boolean isOff;
    private final @Nullable InetSocketAddress own;
    private final List<InetSocketAddress> stun;
    private final boolean isStunGiven;
    private final @Nullable Path derpMap;

    private RelayPlan(
            CoordinatorSettings settings,
            boolean isSelfSigned,
            boolean isOff,
            @Nullable InetSocketAddress own,
            List<InetSocketAddress> stun,
            boolean isStunGiven,
            @Nullable Path derpMap) {
        this.settings = settings;
        this.isSelfSigned = isSelfSigned;
        this.isOff = isOff;
        this.own = own;
        this.stun = stun;
        this.isStunGiven = isStunGiven;
        this.derpMap = derpMap;
    }

    /**
     * Of the options and what they add to.
     *
     * @param isSelfSigned whether nobody vouches for the coordinator's certificate
     * @throws CommandFailure for what makes no sense, with the cure
     */
    static RelayPlan of(CoordinatorSettings settings, boolean isSelfSigned, RelayOptions.Given given)
            throws CommandFailure {
        if (given.noRelay() && (given.relay() != null || given.stun() != null)) {
            throw new CommandFailure(
                    "--no-relay leaves the relay and STUN out, and other options say where they listen",
                    ExitCode.USAGE);
        }
        if (given.noStun() && given.stun() != null) {
            throw new CommandFailure("--no-stun and --stun-listen exclude each other", ExitCode.USAGE);
        }
        checkDerpMap(given.derpMap(), given.noRelay());
        return new RelayPlan(
                settings,
                isSelfSigned,
                given.noRelay(),
                given.noRelay() ? null : own(settings, given.relay()),
                given.noStun() ? List.of() : List.of(stun(settings, given.stun())),
                given.stun() != null,
                given.derpMap());
    }

    private static void checkDerpMap(@Nullable Path file, boolean isOff) throws CommandFailure {
        if (file == null) {
            return;
        }
        try {
            DerpMapFile.read(file, isOff ? 0 : OwnRegion.ID);
        } catch (IOException e) {
            throw new CommandFailure("--derp-map: cannot read it: " + e);
        } catch (DerpMapFile.Fault e) {
            throw new CommandFailure("--derp-map " + file + ": " + e.getMessage());
        }
    }

    /** Null for the coordinator's own listener. */
    private static @Nullable InetSocketAddress own(CoordinatorSettings settings, @Nullable String given)
            throws CommandFailure {
        if (given != null) {
            return ListenAddress.parse("--relay-listen", given);
        }
        if (isHttps(settings.publicUrl())) {
            return null;
        }
        InetSocketAddress listen = settings.listen().address();
        if (listen.getPort() == MAX_PORT) {
            throw new CommandFailure(
                    "behind port 65535 there is none for the relay: say --relay-listen ADDR:PORT, or --no-relay",
                    ExitCode.USAGE);
        }
        return beside(settings, listen.getPort() == 0 ? 0 : listen.getPort() + 1);
    }

    private static boolean isHttps(URI url) {
        return "https".equals(url.getScheme());
    }

    /**
     * Of the listener, for what is beside it; behind somebody's proxy that may be loopback, and then it is every address, since the
     * proxy does not pass on what is no HTTP.
     */
    private static InetSocketAddress beside(CoordinatorSettings settings, int port) {
        InetAddress listen = settings.listen().address().getAddress();
        boolean isBehindProxy =
                listen.isLoopbackAddress() && !settings.publicUrl().getHost().matches("localhost|127\\..*|\\[::1]");
        return isBehindProxy ? new InetSocketAddress(port) : new InetSocketAddress(listen, port);
    }

    private static InetSocketAddress stun(CoordinatorSettings settings, @Nullable String given) throws CommandFailure {
        if (given != null) {
            return ListenAddress.parse("--stun-listen", given);
        }
        return beside(settings, settings.listen().address().getPort() == 0 ? 0 : StunServer.DEFAULT_PORT);
    }

    /**
     * The relay, running; empty if there is to be none.
     *
     * @param entropy thread-safe
     * @throws IOException if it cannot listen, or its key cannot be read
     */
    Optional<InsideRelay> open(Store store, InstantSource clock, Entropy entropy) throws IOException {
        if (isOff) {
            return Optional.empty();
        }
        try {
            RelayIdentity identity = RelayKeyFile.open(folder().resolve("relay.key"), entropy);
            return Optional.of(InsideRelay.open(
                    new InsideRelaySettings(identity, door(clock.instant()), stun, !isStunGiven, RelayLimits.DEFAULT),
                    new NodeAdmission(store),
                    clock,
                    entropy));
        } catch (IOException e) {
            throw new IOException(
                    "the relay inside: " + e.getMessage() + " (see --relay-listen, --stun-listen and --no-relay)", e);
        }
    }

    private Path folder() {
        return settings.stateFolder().resolve(FOLDER);
    }

    private Door door(Instant now) {
        String url = settings.publicUrl().getHost();
        TlsIdentity tls = settings.listen().tls();
        if (own == null) {
            int port = settings.publicUrl().getPort() < 0
                    ? HTTPS
                    : settings.publicUrl().getPort();
            return new Door.Shared(url, port, isSelfSigned ? tls : null);
        }
        if (tls != null) {
            return new Door.OwnPort(own, url, tls, isSelfSigned);
        }
        return new Door.OwnPort(own, url, certificate(url, now), true);
    }

    private TlsIdentity certificate(String host, Instant now) {
        return HostName.isAddress(host)
                ? SelfSignedFiles.open(folder(), List.of(), List.of(HostName.address(host)), now)
                : SelfSignedFiles.open(folder(), List.of(host), List.of(), now);
    }

    /**
     * Further relays, told to {@code taker} here and whenever their file changes; empty if there is no file.
     *
     * @throws IOException if the file cannot be read, or has a fault
     */
    Optional<DerpMapWatch> watch(Consumer<DerpMap> taker) throws IOException {
        if (derpMap == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(DerpMapWatch.start(derpMap, isOff ? 0 : OwnRegion.ID, DerpMapWatch.INTERVAL, taker));
        } catch (DerpMapFile.Fault e) {
            throw new IOException("--derp-map " + derpMap + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        if (isOff) {
            return "no relay";
        }
        String answers = stun.isEmpty() ? "no STUN" : "STUN at " + text(stun.getFirst());
        return "relay at " + (own == null ? "the listener" : text(own)) + ", " + answers;
    }

    private static String text(InetSocketAddress address) {
        return ListenAddress.host(address.getAddress()) + ":" + address.getPort();
    }

    /** Whether nodes are told of no relay at all. */
    boolean isWithout() {
        return isOff && derpMap == null;
    }
}
