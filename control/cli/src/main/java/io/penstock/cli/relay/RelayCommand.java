package io.penstock.cli.relay;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.Subcommand;
import io.penstock.cli.VersionCommand;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock relay}: a relay and STUN in the foreground, for a coordinator that is elsewhere. */
@Command(
        name = "relay",
        description = "Run a relay (DERP) and STUN until stopped.",
        mixinStandardHelpOptions = true,
        subcommands = RelayStatusCommand.class,
        versionProvider = VersionCommand.Text.class,
        footer = {
            "",
            "With a certificate:    penstock relay --tls-cert chain.pem --tls-key key.pem --host relay.example.org \\",
            "                         --verify-client-url https://vpn.example.org/verify",
            "From an authority:     penstock relay --acme https://acme-v02.api.letsencrypt.org/directory \\",
            "                         --host relay.example.org --verify-client-url https://vpn.example.org/verify",
            "On a private network:  penstock relay --listen 192.168.1.20:443 --open",
            "",
            "It prints what a coordinator has to be told of it (--derp-map there). SIGTERM and SIGINT end it in order: clients are"
                    + " told to come back soon. Without --open or --verify-client-url it does not start, since it"
                    + " would carry anybody's traffic."
        })
public final class RelayCommand implements Subcommand {
    @Option(
            names = "--listen",
            paramLabel = "ADDR:PORT",
            defaultValue = "0.0.0.0:443",
            description = "Where clients come in, over TLS (default: ${DEFAULT-VALUE}).")
    private String listen = "";

    @Option(
            names = "--host",
            paramLabel = "HOST",
            description = "Name or address by which clients reach it; needed to listen on every address.")
    private @Nullable String host;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Certificate and its chain, PEM.")
    private @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "Its private key, PEM (PKCS #8). Without both, and without --acme, a certificate is made and"
                    + " kept in the state folder, and clients are to pin it.")
    private @Nullable Path key;

    @Mixin
    private AcmeOptions acme = new AcmeOptions();

    @Option(
            names = "--proxy-protocol-from",
            paramLabel = "ADDR",
            split = ",",
            description =
                    "A balancer in front of the relay, whose connections begin with a header of the PROXY protocol"
                            + " (version 1 or 2) that says from where the client comes. Again for each other.")
    private List<String> balancers = List.of();

    @Option(
            names = "--stun-listen",
            paramLabel = "ADDR:PORT",
            description = "Where STUN is answered, over UDP (default: port 3478 of the address of --listen).")
    private @Nullable String stun;

    @Option(
            names = "--stun-alternate",
            paramLabel = "ADDR:PORT",
            description =
                    "A second address of this host, with another port than STUN's: clients find out then whom their"
                            + " routers let in (RFC 5780). STUN is answered at both ports of both addresses.")
    private @Nullable String stunAlternate;

    @Option(names = "--no-stun", description = "No STUN beside the relay.")
    private boolean noStun;

    @Option(names = "--open", description = "Let everybody in who knows the relay's address.")
    private boolean open;

    @Option(
            names = "--verify-client-url",
            paramLabel = "URL",
            description = "Let in whom the coordinator there admits. An error or silence keeps a client out.")
    private @Nullable URI verifyUrl;

    @Option(
            names = "--mesh-key",
            paramLabel = "FILE",
            description = "The secret that relays of one region share, 64 hexadecimal digits.")
    private @Nullable Path meshKey;

    @Option(
            names = "--mesh-with",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Another relay of the region; HOST:PORT/sha256-raw:DIGITS pins its certificate. Again for"
                    + " each other.")
    private List<String> meshWith = List.of();

    @Option(
            names = "--client-rate",
            paramLabel = "BYTES",
            description =
                    "Most bytes a second that are taken from one client, such as 2M; it is told, and not read from"
                            + " beyond that (default: no limit).")
    private @Nullable String clientRate;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description =
                    "State folder (default: /var/lib/penstock-relay for root, else ~/.local/state/penstock-relay).")
    private @Nullable Path state;

    @Option(
            names = "--metrics",
            paramLabel = "ADDR:PORT",
            description =
                    "Tell metrics to Prometheus there, at /metrics; a loopback or private address (default: not at all).")
    private @Nullable String metrics;

    @Option(names = "--json", description = "Say where it listens as one JSON document, and nothing else.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public RelayCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        RelayRequest request = new RelayRequest(
                listen,
                host,
                certificate,
                key,
                acme.given(),
                balancers,
                stun,
                stunAlternate,
                noStun,
                open,
                verifyUrl,
                meshKey,
                meshWith,
                clientRate,
                state,
                metrics,
                json);
        return RelayProcess.run(request, spec.commandLine().getOut());
    }
}
