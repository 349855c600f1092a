package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.node.config.ConfigFile;
import io.penstock.node.config.NodeConfig;
import io.penstock.node.config.Setting;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The file whose settings are above those of the command line. */
final class ConfigSource {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "/etc/penstock/penstock.conf",
            description = "File of settings that are always as they stand there (default: ${DEFAULT-VALUE}).")
    private Path path = ConfigFile.DEFAULT_PATH;

    ConfigFile read() throws CommandFailure {
        try {
            return ConfigFile.read(path);
        } catch (ConfigFile.InvalidException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()) + "\nNothing was changed.", ExitCode.USAGE);
        }
    }

    /**
     * These settings with those of the file.
     *
     * @throws CommandFailure if the file says something else than the command line
     */
    NodeConfig above(NodeConfig given) throws CommandFailure {
        ConfigFile file = read();
        for (Setting<?> setting : given.given()) {
            if (file.config().has(setting) && !file.config().get(setting).equals(given.get(setting))) {
                throw new CommandFailure(
                        "--" + setting + " is set by " + path + ":"
                                + file.places().get(setting) + ": change it there, then run 'penstock reload'",
                        ExitCode.USAGE);
            }
        }
        return given.under(file.config());
    }

    Path path() {
        return path;
    }
}
