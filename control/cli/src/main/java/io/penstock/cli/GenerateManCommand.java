package io.penstock.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock generate-man}: writes the manual pages, for who packages the program. */
@Command(
        name = "generate-man",
        hidden = true,
        description = "Write the manual pages penstock.8 and penstockd.8.",
        mixinStandardHelpOptions = true)
final class GenerateManCommand implements Callable<Integer> {
    private static final String DAEMON = "daemon";

    @Parameters(paramLabel = "FOLDER", description = "Where to.")
    private Path folder = Path.of("");

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    GenerateManCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        CommandLine program = spec.root().commandLine();
        String version = Build.read().version();
        try {
            Files.createDirectories(folder);
            Files.writeString(
                    folder.resolve("penstock.8"),
                    ManPage.of(program.getCommandSpec(), "penstock", version, List.of("penstockd")));
            Files.writeString(
                    folder.resolve("penstockd.8"),
                    ManPage.of(
                            Objects.requireNonNull(program.getSubcommands().get(DAEMON))
                                    .getCommandSpec(),
                            "penstockd",
                            version,
                            List.of("penstock")));
        } catch (IOException e) {
            throw new CommandFailure("the pages cannot be written: " + e);
        }
        return ExitCode.OK;
    }
}
