package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.node.config.NodeConfig;
import io.penstock.node.config.Setting;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code penstock set}: changes settings, and leaves the others. */
@Command(
        name = "set",
        description = "Change the settings that are named; the others stay.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        footer = {
            "",
            "  penstock set --lan 10.1.0.0/24 10.9.0.0/24     exactly these networks from now on",
            "  penstock set --exit-node vps",
            "  penstock set --exit-node ''                    none any more",
            "  penstock set --no-clamp-mss",
            "",
            "Where the node runs a change is in force at once, and no packet is lost, but for the interface's name, port and MTU, which take sessions"
                    + " anew, and server, pin, tags and 'ephemeral', which count at the next login.",
            "",
            "Exit codes: 0 done, 2 wrong usage, 3 penstockd is not running, 5 needs root."
        })
public final class SetCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    @Mixin
    private ConfigSource source = new ConfigSource();

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public SetCommand() {}

    @Override
    public void addSubcommands(CommandLine self, String word) {
        SettingFlags.add(self.getCommandSpec());
    }

    @Override
    public Integer call() throws CommandFailure {
        NodeConfig given = SettingFlags.given(spec);
        if (given.given().isEmpty()) {
            throw new CommandFailure("name a setting, such as --lan 10.1.0.0/24; --help lists them", ExitCode.USAGE);
        }
        Daemon.Result now = send(options, source.above(given));
        if (options.json()) {
            options.out().println(now.document());
        } else {
            NodeConfig config = SettingFlags.of(now.value());
            for (Setting<?> setting : given.given()) {
                options.out().println(setting.name() + " = " + config.text(setting) + note(setting));
            }
        }
        return ExitCode.OK;
    }

    private static String note(Setting<?> setting) {
        return setting.takes() == Setting.Takes.LOGIN ? "   (in force at the next 'penstock up')" : "";
    }

    /** Has the daemon take them over. */
    static Daemon.Result send(NodeOptions options, NodeConfig changes) throws CommandFailure {
        return options.daemon().ask(SettingFlags.writeChanges(Daemon.request("set"), changes, false));
    }
}
