package io.penstock.cli.node;

import io.penstock.cli.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which daemon a verb asks, and how it answers. */
final class NodeOptions {
    @Option(
            names = "--socket",
            paramLabel = "PATH",
            defaultValue = "/run/penstock/penstock.sock",
            description = "Socket of the daemon (default: ${DEFAULT-VALUE}).")
    private Path socket = Path.of("/run/penstock/penstock.sock");

    @Option(names = "--json", description = "Print the daemon's answer as it is, one line of JSON.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    NodeOptions() {}

    Daemon daemon() {
        return new Daemon(socket);
    }

    boolean json() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Whether somebody sees colours. */
    boolean isColoured() {
        return Terminal.isStandardOutput() && System.getenv("NO_COLOR") == null;
    }
}
