package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code penstock wait}: returns when the network can be used. */
@Command(
        name = "wait",
        description = "Wait until the network can be used.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Units that need the network say:  Wants=penstock-online.target  and  After=penstock-online.target",
            "",
            "Exit codes: 0 it can be used, 3 penstockd is not running, 4 somebody has to log in first, 6 not in time."
        })
public final class WaitCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Span.class,
            description = "How long at most, such as 30s (default: for ever).")
    private @Nullable Duration timeout;

    @Option(
            names = "--for",
            paramLabel = "ready|active",
            defaultValue = "ready",
            description = "What to wait for, as 'penstock status --check' has it (default: ${DEFAULT-VALUE}).")
    private Check check = Check.READY;

    private String last = "";

    public WaitCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        try {
            Daemon.Result status = options.daemon()
                    .ask(
                            Daemon.request("watch"),
                            timeout == null ? Daemon.FOREVER : timeout,
                            event -> !isOver(event.value()));
            if (options.json()) {
                options.out().println(status.document());
            }
            return ExitCode.OK;
        } catch (CommandFailure e) {
            if (e.exitCode() != ExitCode.TIMED_OUT || last.isEmpty()) {
                throw e;
            }
            throw new CommandFailure(last, last.contains("needs-login") ? ExitCode.NOT_LOGGED_IN : ExitCode.TIMED_OUT);
        }
    }

    private boolean isOver(Reply status) {
        last = check.failure(status).orElse("");
        return last.isEmpty();
    }
}
