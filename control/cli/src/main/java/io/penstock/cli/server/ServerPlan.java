package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.server.CoordinatorSettings;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.SelfSignedFiles;
import io.penstock.server.http.TlsIdentity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What {@code penstock server up} will do, checked. Immutable. */
final class ServerPlan {
    private final CoordinatorSettings settings;
    private final @Nullable URI url;
    private final @Nullable InetSocketAddress metrics;
    private final RelayPlan relay;

    private ServerPlan(
            CoordinatorSettings settings, @Nullable URI url, @Nullable InetSocketAddress metrics, RelayPlan relay) {
        this.settings = settings;
        this.url = url;
        this.metrics = metrics;
        this.relay = relay;
    }

    /** @throws CommandFailure for what makes no sense, with the cure */
    static ServerPlan of(UpRequest request) throws CommandFailure {
        InetSocketAddress address = ListenAddress.parse("--listen", request.listen());
        URI url = request.url();
        checkUrl(url, address);
        try {
            TlsIdentity tls = identity(request, address, url);
            if (url != null && tls != null && !"https".equals(url.getScheme())) {
                throw new CommandFailure(
                        "--url " + url + ": with a certificate it is reached by https", ExitCode.USAGE);
            }
            ListenSettings listen = new ListenSettings(
                    address,
                    hosts(address, url),
                    tls,
                    ListenSettings.DEFAULT_READ_TIMEOUT,
                    ListenSettings.DEFAULT_MAX_CONNECTIONS);
            CoordinatorSettings settings = new CoordinatorSettings(
                    request.state(),
                    listen,
                    publicUrl(url, tls, address),
                    CoordinatorSettings.DEFAULT_MAINTENANCE_INTERVAL);
            return new ServerPlan(
                    settings,
                    url,
                    request.metrics() == null ? null : ListenAddress.parse("--metrics", request.metrics()),
                    RelayPlan.of(settings, request.selfSigned(), request.relay()));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private static URI publicUrl(@Nullable URI url, @Nullable TlsIdentity tls, InetSocketAddress address) {
        return url != null
                ? url
                : URI.create((tls == null ? "http" : "https") + "://" + ListenAddress.host(address.getAddress()) + ":"
                        + address.getPort());
    }

    private static void checkUrl(@Nullable URI url, InetSocketAddress address) throws CommandFailure {
        if (url == null) {
            if (address.getAddress().isAnyLocalAddress()) {
                throw new CommandFailure(
                        "--listen on every address needs --url, by which clients reach it", ExitCode.USAGE);
            }
            return;
        }
        boolean isPlain = url.getHost() != null
                && String.valueOf(url.getScheme()).matches("https?")
                && String.valueOf(url.getPath()).matches("/?")
                && url.getQuery() == null
                && url.getFragment() == null
                && url.getUserInfo() == null;
        if (!isPlain) {
            throw new CommandFailure(
                    "--url takes a URL without a path, such as https://vpn.example.org, not " + url, ExitCode.USAGE);
        }
    }

    private static @Nullable TlsIdentity identity(UpRequest request, InetSocketAddress address, @Nullable URI url)
            throws CommandFailure {
        if ((request.certificate() == null) != (request.key() == null)) {
            throw new CommandFailure("--tls-cert and --tls-key go together", ExitCode.USAGE);
        }
        if (request.certificate() != null && request.key() != null) {
            if (request.selfSigned()) {
                throw new CommandFailure("--self-signed makes a certificate, and --tls-cert has one", ExitCode.USAGE);
            }
            return TlsIdentity.read(request.certificate(), request.key());
        }
        if (!request.selfSigned()) {
            return null;
        }
        List<String> names = new ArrayList<>(List.of("localhost"));
        List<byte[]> addresses =
                new ArrayList<>(List.of(InetAddress.getLoopbackAddress().getAddress()));
        if (!address.getAddress().isAnyLocalAddress()) {
            addresses.add(address.getAddress().getAddress());
        }
        if (url != null && HostName.isAddress(url.getHost())) {
            addresses.add(HostName.address(url.getHost()));
        } else if (url != null) {
            names.add(url.getHost());
        }
        return SelfSignedFiles.open(request.state(), names, addresses, Instant.now());
    }

    /** By what it may be called: the address it listens on, its URL, and this machine's own name for itself. */
    private static Set<String> hosts(InetSocketAddress address, @Nullable URI url) {
        Set<String> hosts = new LinkedHashSet<>();
        if (url != null) {
            hosts.add(url.getHost());
        }
        boolean isAny = address.getAddress().isAnyLocalAddress();
        if (!isAny) {
            hosts.add(ListenAddress.host(address.getAddress()));
        }
        if (isAny || address.getAddress().isLoopbackAddress()) {
            hosts.addAll(List.of("localhost", "127.0.0.1", "[::1]"));
        }
        return hosts;
    }

    CoordinatorSettings settings() {
        return settings;
    }

    RelayPlan relay() {
        return relay;
    }

    /** Where to tell metrics; empty for nowhere. */
    Optional<InetSocketAddress> metrics() {
        return Optional.ofNullable(metrics);
    }

    /** Of the certificate; empty without TLS. */
    Optional<String> fingerprint() {
        return Optional.ofNullable(settings.listen().tls()).map(TlsIdentity::fingerprint);
    }

    /** How clients reach it, without a slash at the end. */
    String url(InetSocketAddress bound) {
        if (url != null) {
            String text = url.toString();
            return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        }
        String scheme = settings.listen().tls() == null ? "http" : "https";
        return scheme + "://" + ListenAddress.host(bound.getAddress()) + ":" + bound.getPort();
    }
}
