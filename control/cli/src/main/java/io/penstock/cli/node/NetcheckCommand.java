package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.node.netcheck.NetcheckRunner;
import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.node.netcheck.core.StunServerName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock netcheck}: what stands between this host and the internet. */
@Command(
        name = "netcheck",
        description = "Find out what stands between this host and the internet, and how far the relays are.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The relays are those that penstockd knows. Without it, as on a host that is yet to join:",
            "  penstock netcheck --server https://vpn.example.org    those of a coordinator",
            "  penstock netcheck --derp-map relays.json              those of a file, as 'penstock relay' prints it",
            "  penstock netcheck --stun stun.example.org             none, but a server of STUN",
            "",
            "Who is let in (filtering) can be told only by a server with two addresses (RFC 5780): 'penstock relay --stun-alternate',"
                    + " coturn, or some public server after --stun. It takes three seconds where nobody is let in. Nothing is"
                    + " sent from the tunnel's port, and the router is asked for no port.",
            "",
            "Exit codes: 0 shown, 3 penstockd is not running and no relay or server was named, 4 penstockd knows no relay yet,"
                    + " 6 nothing answers, by UDP or by TCP."
        })
public final class NetcheckCommand implements Subcommand {
    private static final Duration LEAST_INTERVAL = Duration.ofSeconds(5);

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            defaultValue = "/run/penstock/penstock.sock",
            description = "Socket of the daemon (default: ${DEFAULT-VALUE}).")
    private Path socket = Path.of("/run/penstock/penstock.sock");

    @Option(names = "--server", paramLabel = "URL", description = "Measure the relays of this coordinator.")
    private @Nullable String server;

    @Option(names = "--derp-map", paramLabel = "FILE", description = "Measure the relays of this file (JSON).")
    private @Nullable Path file;

    @Option(
            names = "--stun",
            paramLabel = "HOST[:PORT]",
            split = ",",
            description = "Ask this server of STUN as well, first. Again for each other.")
    private List<String> stun = List.of();

    @Option(
            names = "--every",
            paramLabel = "TIME",
            converter = Span.class,
            description = "Look again each 30s, say, until Ctrl-C. Earlier looks of the last five minutes count for"
                    + " the choice of a relay, as a node's do.")
    private @Nullable Duration every;

    @Option(names = "--no-port-mapping", description = "Do not ask the router which protocols it maps ports by.")
    private boolean asksNoRouter;

    @Option(names = "--json", description = "Print each look as one line of JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public NetcheckCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Duration interval = every;
        if (interval != null && interval.compareTo(LEAST_INTERVAL) < 0) {
            throw new CommandFailure(
                    "--every takes " + LEAST_INTERVAL.toSeconds() + "s or more: a look takes some seconds itself",
                    ExitCode.USAGE);
        }
        List<StunServerName> servers = new ArrayList<>();
        for (String text : stun) {
            servers.add(StunServers.parse(text));
        }
        KnownRelays relays = relays(!servers.isEmpty());
        NetcheckRunner runner = new NetcheckRunner(relays.map(), relays.home(), servers, !asksNoRouter);
        while (true) {
            Instant start = Instant.now();
            NetcheckReport report = look(runner);
            boolean isRead = show(report, relays, start);
            if (interval == null) {
                return report.isCutOff() ? ExitCode.TIMED_OUT : isRead ? ExitCode.OK : ExitCode.FAILED;
            }
            if (!isRead) {
                return ExitCode.FAILED; // whoever read it is gone
            }
            pause(Duration.between(Instant.now(), start.plus(interval)));
        }
    }

    private KnownRelays relays(boolean hasServers) throws CommandFailure {
        if (file != null && server != null) {
            throw new CommandFailure("--derp-map and --server exclude each other", ExitCode.USAGE);
        }
        if (file != null) {
            return KnownRelays.ofFile(file);
        }
        if (server != null) {
            return KnownRelays.ofCoordinator(server);
        }
        return KnownRelays.ofDaemon(new Daemon(socket), hasServers);
    }

    private static NetcheckReport look(NetcheckRunner runner) throws CommandFailure {
        try {
            return runner.run();
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private boolean show(NetcheckReport report, KnownRelays relays, Instant at) {
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(NetcheckJson.of(report, relays.map(), at));
        } else {
            if (every != null) {
                out.println("at " + at);
            }
            NetcheckText.print(report, relays.map(), out);
            if (every != null) {
                out.println();
            }
        }
        return !out.checkError() && !System.out.checkError(); // the writer does not hear that a pipe's reader is gone
    }

    private static void pause(Duration time) throws CommandFailure {
        try {
            Thread.sleep(time.isNegative() ? Duration.ZERO : time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
