package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock server restore}: a backup becomes the database, while no coordinator runs. */
@Command(
        name = "restore",
        description = "Put a backup in the place of the database, while the coordinator is stopped.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The backup is checked first, and what was there is kept beside it. On a new machine copy sealing.key into the state"
                    + " folder too (mode 600)."
        })
final class RestoreCommand implements Callable<Integer> {
    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "State folder (default: that of 'penstock server up').")
    private @Nullable Path state;

    @Parameters(paramLabel = "FILE", description = "The backup.")
    private Path file = Path.of("");

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    RestoreCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        spec.commandLine().getOut().println(Restoring.run(StatePlace.of(state), file.toAbsolutePath()));
        return ExitCode.OK;
    }
}
