package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code penstock status}: the node and its network, or a probe. */
@Command(
        name = "status",
        description = "Show this node, its peers, and what is wrong.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "For probes and load balancers:   penstock status --check active   says nothing and ends with 0, or says why not and ends with 7.",
            "  live    the daemon answers",
            "  ready   it forwards, perhaps by a map of the network of before, without its coordinator",
            "  active  it is connected to its coordinator, all of its networks are approved, and nothing is broken",
            "",
            "PATH is 'direct' with the address that packets go to, or 'relay' with its region. A hyphen: nothing was sent to that peer yet.",
            "",
            "Exit codes: 0 shown or met, 3 penstockd is not running, 5 not allowed to ask it, 7 check not met."
        })
public final class StatusCommand implements Subcommand {
    private static final String CLEAR = "\u001b[H\u001b[J";

    @Mixin
    private NodeOptions options = new NodeOptions();

    @Option(names = "--check", paramLabel = "live|ready|active", description = "Print nothing if that is so.")
    private @Nullable Check check;

    @Option(names = "--watch", description = "Show it anew after each change, until Ctrl-C.")
    private boolean watch;

    public StatusCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        if (watch) {
            options.daemon().ask(Daemon.request("watch"), Daemon.FOREVER, this::show);
            return ExitCode.OK;
        }
        Daemon.Result status = options.daemon().ask(Daemon.request("status"));
        Check wanted = check;
        if (wanted == null) {
            return show(status) ? ExitCode.OK : ExitCode.FAILED;
        }
        if (options.json()) {
            options.out().println(status.document());
        }
        Optional<String> failure = wanted.failure(status.value());
        failure.ifPresent(why ->
                options.err().println("penstock status: not " + wanted.name().toLowerCase(Locale.ROOT) + ": " + why));
        return failure.isPresent() ? ExitCode.NOT_MET : ExitCode.OK;
    }

    /** Whether it could be shown: a reader that is gone ends the watching. */
    private boolean show(Daemon.Result status) {
        if (options.json()) {
            options.out().println(status.document());
        } else {
            if (watch && options.isColoured()) {
                options.out().print(CLEAR);
            }
            StatusText.print(status.value(), Instant.now(), options.out());
        }
        return !options.out().checkError();
    }
}
