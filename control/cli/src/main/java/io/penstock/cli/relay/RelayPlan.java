package io.penstock.cli.relay;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.HostName;
import io.penstock.cli.server.ListenAddress;
import io.penstock.cli.server.StatePlace;
import io.penstock.relay.RelayKeyFile;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.VerifyUrl;
import io.penstock.relay.acme.AcmeSettings;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.AdmissionCache;
import io.penstock.relay.edge.MeshKey;
import io.penstock.relay.edge.MeshPeer;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.stun.StunServer;
import io.penstock.relay.tls.PinnedTrust;
import io.penstock.server.http.SelfSignedFiles;
import io.penstock.server.http.TlsIdentity;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code penstock relay} will do, checked. Immutable. */
final class RelayPlan {
    private static final int MAX_EVENT_LOOPS = 8;
    private static final int MAX_REMEMBERED = 100_000;
    private static final Duration REMEMBERED = Duration.ofMinutes(1);
    private static final int MAX_MESH_KEY_BYTES = 1024;
    private static final long LEAST_RATE = 10_000;
    private static final Pattern RATE = Pattern.compile("([1-9][0-9]{0,8})([KMG]?)");
    private static final Pattern MESH_PEER =
            Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+):([0-9]{1,5})(?:/(" + PinnedTrust.PREFIX + ".*))?");

    private final RelayRequest request;
    private final Path state;
    private final InetSocketAddress address;
    private final List<InetSocketAddress> stun;
    private final @Nullable InetSocketAddress stunAlternate;
    private final String host;
    private final @Nullable AcmeSettings acme;
    private final @Nullable MeshKey meshKey;
    private final List<MeshPeer> meshPeers;
    private final Set<InetAddress> balancers;
    private final RelayLimits limits;
    private final Optional<InetSocketAddress> metrics;

    private RelayPlan(RelayRequest request) throws CommandFailure {
        this.request = request;
        state = StatePlace.of(request.state(), "penstock-relay");
        address = ListenAddress.parse("--listen", request.listen());
        checkAdmission(request);
        if ((request.certificate() == null) != (request.key() == null)) {
            throw usage("--tls-cert and --tls-key go together");
        }
        host = host(request, address);
        acme = acme(request, host, state);
        stun = stun(request, address);
        stunAlternate = stunAlternate(request.stunAlternate(), stun);
        meshKey = request.meshKey() == null ? null : meshKey(request.meshKey());
        if (meshKey == null && !request.meshWith().isEmpty()) {
            throw usage("--mesh-with needs --mesh-key, by which relays of one region know each other");
        }
        List<MeshPeer> peers = new ArrayList<>();
        for (String peer : request.meshWith()) {
            peers.add(meshPeer(peer));
        }
        meshPeers = List.copyOf(peers);
        balancers = balancers(request.balancers());
        limits = limits(request.clientRate());
        metrics = request.metrics() == null
                ? Optional.empty()
                : Optional.of(ListenAddress.parse("--metrics", request.metrics()));
    }

    /** @throws CommandFailure for what makes no sense, with the cure */
    static RelayPlan of(RelayRequest request) throws CommandFailure {
        return new RelayPlan(request);
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(message, ExitCode.USAGE);
    }

    private static void checkAdmission(RelayRequest request) throws CommandFailure {
        URI url = request.verifyUrl();
        if (request.open() == (url != null)) {
            throw usage(
                    "say who may use the relay: --verify-client-url URL for whom a coordinator admits, or --open for"
                            + " everybody");
        }
        if (url != null
                && (url.getHost() == null || !String.valueOf(url.getScheme()).matches("https?"))) {
            throw usage("--verify-client-url takes a URL of http or https, not " + url);
        }
    }

    private static String host(RelayRequest request, InetSocketAddress address) throws CommandFailure {
        if (request.host() != null) {
            if (!request.host().matches("[A-Za-z0-9.-]+|[0-9a-fA-F:.]+|\\[[0-9a-fA-F:.]+]")) {
                throw usage("--host takes a name or an address, not '" + request.host() + "'");
            }
            return request.host().indexOf(':') >= 0 && !request.host().startsWith("[")
                    ? "[" + request.host() + "]"
                    : request.host();
        }
        if (address.getAddress().isAnyLocalAddress()) {
            throw usage("--listen on every address needs --host, by which clients reach it");
        }
        return ListenAddress.host(address.getAddress());
    }

    private static @Nullable AcmeSettings acme(RelayRequest request, String host, Path state) throws CommandFailure {
        AcmeOptions.Given given = request.acme();
        if (given.directory() == null) {
            if (given.mail() != null || given.roots() != null) {
                throw usage("--acme-mail and --acme-roots are for an authority, which --acme names");
            }
            return null;
        }
        if (request.certificate() != null) {
            throw usage("--tls-cert has a certificate, and --acme gets one: give one of them");
        }
        try {
            return new AcmeSettings(given.directory(), host, given.mail(), given.roots(), state.resolve("acme"));
        } catch (IllegalArgumentException e) {
            throw usage("--acme with --host " + host + ": " + e.getMessage());
        }
    }

    private static List<InetSocketAddress> stun(RelayRequest request, InetSocketAddress address) throws CommandFailure {
        if (request.noStun()) {
            if (request.stun() != null) {
                throw usage("--no-stun and --stun-listen exclude each other");
            }
            return List.of();
        }
        int port = address.getPort() == 0 ? 0 : StunServer.DEFAULT_PORT;
        return List.of(
                request.stun() == null
                        ? new InetSocketAddress(address.getAddress(), port)
                        : ListenAddress.parse("--stun-listen", request.stun()));
    }

    private static @Nullable InetSocketAddress stunAlternate(@Nullable String text, List<InetSocketAddress> stun)
            throws CommandFailure {
        if (text == null) {
            return null;
        }
        InetSocketAddress alternate = ListenAddress.parse("--stun-alternate", text);
        if (stun.isEmpty()) {
            throw usage("--no-stun and --stun-alternate exclude each other");
        }
        InetSocketAddress first = stun.getFirst();
        if (!StunServer.isPair(first, alternate)) {
            throw usage(
                    "--stun-alternate needs another address of the same family and another port than STUN's, neither of"
                            + " them any: STUN is at " + ListenAddress.host(first.getAddress()) + ":" + first.getPort()
                            + " (--stun-listen), not '" + text + "'");
        }
        return alternate;
    }

    private static MeshKey meshKey(Path file) throws CommandFailure {
        try {
            if (Files.size(file) > MAX_MESH_KEY_BYTES) {
                throw new CommandFailure("--mesh-key " + file + " has more than a key");
            }
            return MeshKey.parse(Files.readString(file).strip());
        } catch (IOException e) {
            throw new CommandFailure("--mesh-key: cannot read it: " + e);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("--mesh-key " + file + ": " + e.getMessage());
        }
    }

    private static MeshPeer meshPeer(String text) throws CommandFailure {
        Matcher matcher = MESH_PEER.matcher(text);
        if (!matcher.matches()) {
            throw usage("--mesh-with takes HOST:PORT, or HOST:PORT/sha256-raw:DIGITS, not '" + text + "'");
        }
        String name = matcher.group(1);
        String pin = matcher.group(3);
        try {
            return new MeshPeer(
                    name.startsWith("[") ? name.substring(1, name.length() - 1) : name,
                    Integer.parseInt(matcher.group(2)),
                    pin == null ? new MeshPeer.Trust.Authorities() : new MeshPeer.Trust.Pinned(new PinnedTrust(pin)));
        } catch (IllegalArgumentException e) {
            throw usage("--mesh-with " + text + ": " + e.getMessage());
        }
    }

    private static Set<InetAddress> balancers(List<String> texts) throws CommandFailure {
        Set<InetAddress> addresses = new HashSet<>();
        for (String text : texts) {
            try {
                addresses.add(InetAddress.ofLiteral(text));
            } catch (IllegalArgumentException e) {
                throw usage("--proxy-protocol-from takes the address of a balancer, not '" + text + "'");
            }
        }
        return addresses;
    }

    private static RelayLimits limits(@Nullable String clientRate) throws CommandFailure {
        if (clientRate == null) {
            return RelayLimits.DEFAULT;
        }
        Matcher matcher = RATE.matcher(clientRate);
        if (!matcher.matches()) {
            throw usage("--client-rate takes bytes a second, such as 500K or 2M, not '" + clientRate + "'");
        }
        long unit =
                switch (matcher.group(2)) {
                    case "K" -> 1_000;
                    case "M" -> 1_000_000;
                    case "G" -> 1_000_000_000;
                    default -> 1;
                };
        long bytes = Long.parseLong(matcher.group(1)) * unit;
        if (bytes < LEAST_RATE) {
            throw usage("--client-rate of less than " + LEAST_RATE + " bytes a second carries nothing");
        }
        return RelayLimits.DEFAULT.withRate(bytes);
    }

    /** Who is asked about clients; empty if nobody. To be closed after the relay. */
    Optional<VerifyUrl> verifier() {
        return Optional.ofNullable(request.verifyUrl()).map(VerifyUrl::new);
    }

    /** The certificate; one of its own, kept in the state folder, if none was given; null if an authority is asked for it. */
    @Nullable TlsIdentity tls(Instant now) {
        if (acme != null) {
            return null;
        }
        if (request.certificate() != null && request.key() != null) {
            return TlsIdentity.read(request.certificate(), request.key());
        }
        return HostName.isAddress(host)
                ? SelfSignedFiles.open(state, List.of(), List.of(HostName.address(host)), now)
                : SelfSignedFiles.open(state, List.of(host), List.of(), now);
    }

    /**
     * What the relay is told.
     *
     * @throws IOException if its key cannot be read or kept
     */
    RelaySettings settings(@Nullable TlsIdentity tls, Optional<VerifyUrl> verifier, Entropy entropy)
            throws IOException {
        Admission admission = verifier.<Admission>map(
                        asked -> new AdmissionCache(asked, MAX_REMEMBERED, REMEMBERED.toNanos(), System::nanoTime))
                .orElse(Admission.EVERYBODY);
        return new RelaySettings(
                address,
                stun,
                source(tls),
                balancers,
                RelayKeyFile.open(state.resolve("relay.key"), entropy),
                admission,
                meshKey,
                meshPeers,
                limits,
                RelaySettings.DEFAULT_GOODBYE,
                Math.max(1, Math.min(MAX_EVENT_LOOPS, Runtime.getRuntime().availableProcessors())),
                stunAlternate);
    }

    private RelaySettings.TlsSource source(@Nullable TlsIdentity tls) {
        if (acme != null) {
            return new RelaySettings.Automatic(acme);
        }
        TlsIdentity given = Objects.requireNonNull(tls, "without an authority there is a certificate");
        return new RelaySettings.Tls(given.key(), given.chain());
    }

    /** By which clients reach it; an address of IPv6 is in brackets. */
    String host() {
        return host;
    }

    /** Whether nobody vouches for its certificate, so that clients have to pin it. */
    boolean isPinned() {
        return request.certificate() == null && acme == null;
    }

    /** The authority that is asked for its certificate. */
    Optional<AcmeSettings> acme() {
        return Optional.ofNullable(acme);
    }

    /** Where whoever asks for its status finds it. */
    Path statusSocket() {
        return RelayStatus.socket(state);
    }

    boolean isOpen() {
        return request.open();
    }

    boolean isJson() {
        return request.json();
    }

    Optional<InetSocketAddress> metrics() {
        return metrics;
    }
}
