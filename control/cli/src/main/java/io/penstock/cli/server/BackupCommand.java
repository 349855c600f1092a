package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.lab.JsonWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code penstock server backup}: a copy of everything but the sealing key, while the coordinator runs. */
@Command(
        name = "backup",
        description = "Copy the database while the coordinator runs.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The copy lacks the file sealing.key of the state folder, which opens the secrets in it: keep that elsewhere. Whoever has"
                    + " both has everything."
        })
final class BackupCommand implements Callable<Integer> {
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern(
                    "'coordinator-'yyyyMMdd'T'HHmmssSSS'Z.db'")
            .withZone(ZoneOffset.UTC);

    @Mixin
    private AdminOptions options;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "Where to, on the coordinator's own machine; without it into the state folder's backups.")
    private @Nullable Path file;

    @SuppressWarnings("NullAway.Init") // picocli sets the options
    BackupCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Path target = file == null ? null : file.toAbsolutePath().normalize();
        if (target != null) {
            if (!options.isLocal()) {
                throw new CommandFailure(
                        "a FILE is on the coordinator's own machine: leave it out with --server", ExitCode.USAGE);
            }
            if (Files.exists(target)) {
                throw new CommandFailure(target + " exists; a backup overwrites nothing");
            }
        }
        String name = NAME.format(Instant.now());
        Reply made = options.open()
                .call(
                        "POST",
                        "/backups",
                        new JsonWriter().beginObject().name("name").value(name).endObject());
        Path inState = Path.of(made.raw("file"));
        if (target == null) {
            options.printDone(made, inState.toString());
            return ExitCode.OK;
        }
        BackupFile.move(inState, target);
        options.out()
                .println(
                        options.json()
                                ? new JsonWriter()
                                        .beginObject()
                                        .name("file")
                                        .value(target.toString())
                                        .endObject()
                                        .document()
                                : target.toString());
        return ExitCode.OK;
    }
}
