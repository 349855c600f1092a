package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.node.config.NodeConfig;
import io.penstock.node.config.Setting;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code penstock reload}: takes over what stands in the file. */
@Command(
        name = "reload",
        description = "Take over what stands in penstock.conf.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Only what differs is changed, and traffic goes on. A file with a fault is refused whole, with line and column.",
            "The service does this by itself at its start and at 'systemctl reload penstockd'.",
            "",
            "Exit codes: 0 done, 2 the file is wrong, 3 penstockd is not running, 5 needs root."
        })
public final class ReloadCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    @Mixin
    private ConfigSource source = new ConfigSource();

    public ReloadCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        NodeConfig file = source.read().config();
        NodeConfig before =
                SettingFlags.of(options.daemon().ask(Daemon.request("get")).value());
        List<Setting<?>> different = before.under(file).differences(before);
        if (different.isEmpty()) {
            options.out().println("nothing to change");
            return ExitCode.OK;
        }
        NodeConfig changes = NodeConfig.EMPTY.under(file);
        for (Setting<?> setting : file.given()) {
            changes = different.contains(setting) ? changes : changes.without(setting);
        }
        Daemon.Result now = SetCommand.send(options, changes);
        if (options.json()) {
            options.out().println(now.document());
        } else {
            for (Setting<?> setting : different) {
                options.out().println(setting.name() + ": " + before.text(setting) + " -> " + file.text(setting));
            }
        }
        return ExitCode.OK;
    }
}
