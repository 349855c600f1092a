package io.penstock.cli.node;

import io.penstock.cli.Build;
import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.cli.VersionCommand;
import io.penstock.cli.server.ServerLog;
import io.penstock.node.api.LocalApi;
import io.penstock.node.daemon.DaemonOptions;
import io.penstock.node.daemon.DaemonProcess;
import io.penstock.node.daemon.state.StateFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code penstock daemon}: the program that runs on every gateway, and does what the verbs say. */
@Command(
        name = "daemon",
        description = "Run the gateway's daemon in the foreground; the verbs (up, status, ...) drive it.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        footer = {
            "",
            "It goes on as it was told last: a node that was up is up again. A signal ends it, and leaves the host as it was before.",
            "",
            "Environment: LOG_LEVEL (verbose, debug, error, silent), NOTIFY_SOCKET as systemd sets it."
        })
public final class DaemonCommand implements Subcommand {
    private static final String PLAIN_RELAYS = "penstock.test.plainRelays";

    @Option(
            names = "--state",
            paramLabel = "FOLDER",
            description = "Keys, preferences and the last map; for root alone (/var/lib/penstock/node unless told).")
    private Path state = StateFolder.DEFAULT;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "Where the verbs find it (/run/penstock/penstock.sock unless told).")
    private Path socket = LocalApi.DEFAULT_SOCKET;

    @Option(
            names = "--aead",
            paramLabel = "NAME",
            description = "Cipher engine, instead of the best that works; 'penstock version' lists them.")
    private @Nullable String aead;

    @Option(names = "--keep-host", description = "Leave addresses, routes and rules where they are when it ends.")
    private boolean keepsHost;

    @Override
    public Integer call() throws CommandFailure {
        ServerLog.start(System.getenv("LOG_LEVEL"));
        DaemonProcess process;
        try {
            process = DaemonProcess.open(new DaemonOptions(
                    state,
                    socket,
                    Build.read().version(),
                    aead,
                    keepsHost,
                    System.getenv("NOTIFY_SOCKET"),
                    Boolean.getBoolean(PLAIN_RELAYS)));
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
        // Exit code 0 for an end that was asked for, and not the JVM's 128 and the number of the signal.
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("signal").unstarted(() -> {
            if (!process.hasEnded()) {
                process.close();
                Runtime.getRuntime().halt(ExitCode.OK);
            }
        }));
        try {
            process.run();
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
        return ExitCode.OK;
    }
}
