package io.penstock.cli.server;

import io.penstock.cli.Subcommand;
import io.penstock.cli.VersionCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock server}: the coordinator and its administration. */
@Command(
        name = "server",
        description = "Run a coordinator, or administer one.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {UpCommand.class, NodesCommand.class, KeysCommand.class},
        footer = {
            "",
            "A first network on one machine:",
            "  sudo penstock server up",
            "  sudo penstock server keys create --tags tag:server",
            "  sudo tailscale up --login-server=http://127.0.0.1:8480 --auth-key=file:KEY",
            "",
            "All but 'up', 'restore' and 'policy check' speak to a running coordinator: to the one on this machine by its socket, as"
                    + " root or as its own user, or to another one by --server and --api-key.",
            "",
            "Exit codes: 0 done, 1 not done, 2 wrong usage, 3 no coordinator runs there, 5 needs root, 8 refused to this caller."
        })
public final class ServerCommand implements Subcommand {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public ServerCommand() {}

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
