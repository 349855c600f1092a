package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.cli.TextTable;
import io.penstock.node.config.ConfigFile;
import io.penstock.node.config.NodeConfig;
import io.penstock.node.config.Setting;
import io.penstock.node.config.Settings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code penstock get}: what the node was told. */
@Command(
        name = "get",
        description = "Show settings, and where each comes from.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "  penstock get            all of them",
            "  penstock get lan        the value alone, for scripts",
            "",
            "Exit codes: 0 shown, 2 no such setting, 3 penstockd is not running."
        })
public final class GetCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    @Mixin
    private ConfigSource source = new ConfigSource();

    @Parameters(arity = "0..1", paramLabel = "SETTING", description = "The name of one.")
    private @Nullable String name;

    public GetCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Setting<?> one = name == null ? null : find(name);
        Daemon.Result answer = options.daemon().ask(Daemon.request("get"));
        if (options.json()) {
            options.out().println(answer.document());
            return ExitCode.OK;
        }
        NodeConfig config = SettingFlags.of(answer.value());
        if (one != null) {
            options.out().println(config.text(one));
            return ExitCode.OK;
        }
        ConfigFile file = source.read();
        List<List<String>> rows = new ArrayList<>();
        for (Setting<?> setting : Settings.ALL) {
            String value = config.text(setting);
            rows.add(List.of(setting.name(), value.isEmpty() ? "-" : value, origin(setting, config, file)));
        }
        TextTable.print(List.of("SETTING", "VALUE", "FROM"), rows, options.out());
        return ExitCode.OK;
    }

    private String origin(Setting<?> setting, NodeConfig config, ConfigFile file) {
        if (file.config().has(setting)) {
            boolean isIn = file.config().get(setting).equals(config.get(setting));
            return source.path() + ":" + file.places().get(setting)
                    + (isIn ? "" : ", which says " + file.config().text(setting) + ": 'penstock reload' takes it over");
        }
        return NodeConfig.EMPTY.get(setting).equals(config.get(setting)) ? "default" : "set";
    }

    static Setting<?> find(String name) throws CommandFailure {
        Setting<?> found =
                Settings.find(name.startsWith("--") ? name.substring(2) : name).orElse(null);
        if (found == null) {
            throw new CommandFailure(
                    "there is no setting '" + name + "'"
                            + Settings.suggest(name)
                                    .map(near -> "; did you mean '" + near + "'?")
                                    .orElse("; 'penstock get' lists them"),
                    ExitCode.USAGE);
        }
        return found;
    }
}
