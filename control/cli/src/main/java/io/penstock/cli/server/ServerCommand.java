package io.penstock.cli.server;

import io.penstock.cli.Subcommand;
import io.penstock.cli.VersionCommand;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
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
    private static final Map<String, Supplier<Object>> COMMANDS = commands();

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public ServerCommand() {}

    /** In the order in which help lists them. */
    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("up", UpCommand::new);
        commands.put("nodes", NodesCommand::new);
        commands.put("keys", KeysCommand::new);
        commands.put("routes", RoutesCommand::new);
        commands.put("policy", PolicyCommand::new);
        commands.put("dns", DnsCommand::new);
        commands.put("users", UsersCommand::new);
        commands.put("providers", ProvidersCommand::new);
        commands.put("api-keys", ApiKeysCommand::new);
        commands.put("domains", DomainsCommand::new);
        commands.put("audit", AuditCommand::new);
        commands.put("backup", BackupCommand::new);
        commands.put("restore", RestoreCommand::new);
        return commands;
    }

    @Override
    public void addSubcommands(CommandLine self, String word) {
        Supplier<Object> named = COMMANDS.get(word);
        if (named != null) {
            self.addSubcommand(named.get());
        } else {
            COMMANDS.values().forEach(command -> self.addSubcommand(command.get()));
        }
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
