package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code penstock server audit}: who did what. */
@Command(
        name = "audit",
        description = "Show who did what in a domain, and what was denied; the newest first.",
        mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {
    @Mixin
    private AdminOptions options;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            defaultValue = "50",
            description = "How many, at most 1000 (default: ${DEFAULT-VALUE}).")
    private int lines;

    @Option(names = "--before", paramLabel = "ID", description = "Go on from this line.")
    private @Nullable Long before;

    @SuppressWarnings("NullAway.Init") // picocli sets the options
    AuditCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        options.print(
                options.open().get("/audit?limit=" + lines + (before == null ? "" : "&before=" + before)),
                new Table(
                        Column.of("ID", "id"),
                        Column.of("AT", "at"),
                        Column.of("WHO", "actor"),
                        Column.of("DID", "action"),
                        Column.of("TO", "target"),
                        Column.of("DECISION", "decision"),
                        Column.of("DETAIL", "detail")));
        return ExitCode.OK;
    }
}
