package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock server up}: the coordinator itself, in the foreground. */
@Command(
        name = "up",
        description = "Run the coordinator until it is stopped.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "On one machine there is nothing to configure:      penstock server up",
            "For a private network:                             penstock server up --listen 192.168.1.10:8480",
            "For everybody:   penstock server up --listen 0.0.0.0:443 --url https://vpn.example.org --tls-cert chain.pem --tls-key key.pem",
            "",
            "It stays in the foreground and ends in order on SIGTERM or SIGINT. As long as there is no administrator, each start"
                    + " prints a link, good once and for a day, by which the first one comes in."
        })
final class UpCommand implements Callable<Integer> {
    @Option(
            names = "--state",
            paramLabel = "DIR",
            description =
                    "State folder (default: /var/lib/penstock-server for root, else ~/.local/state/penstock-server).")
    private @Nullable Path state;

    @Option(
            names = "--listen",
            paramLabel = "ADDR:PORT",
            defaultValue = "127.0.0.1:8480",
            description = "Where to listen (default: ${DEFAULT-VALUE}). Without TLS: loopback or a private address.")
    private String listen = "";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "How clients reach it, if not by the address it listens on.")
    private @Nullable URI url;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Certificate and its chain, PEM.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key, PEM (PKCS #8).")
    private @Nullable Path key;

    @Option(
            names = "--self-signed",
            description = "Make a certificate and keep it in the state folder; clients have to be told to trust it.")
    private boolean selfSigned;

    @Option(
            names = "--metrics",
            paramLabel = "ADDR:PORT",
            description =
                    "Tell metrics to Prometheus there, at /metrics; a loopback or private address (default: not at all).")
    private @Nullable String metrics;

    @Mixin
    private RelayOptions relay = new RelayOptions();

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    UpCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        UpRequest request =
                new UpRequest(StatePlace.of(state), listen, url, certificate, key, selfSigned, metrics, relay.given());
        return ServerProcess.run(request, spec.commandLine().getOut());
    }
}
