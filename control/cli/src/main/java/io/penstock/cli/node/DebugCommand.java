package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock debug}: how things came to be as they are. */
@Command(
        name = "debug",
        description = "Show how the path to another node was found.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "  penstock debug path hub                     addresses, pings and what came of them"})
public final class DebugCommand implements Subcommand {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public DebugCommand() {}

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    @Command(
            name = "path",
            description = "Show where a node may be, what was asked there, and what came of it.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock debug path hub                  a line for each address",
                "  penstock debug path --events hub         and what happened, the oldest first",
                "  penstock debug path --svg hub.svg hub    draws how the path was found",
                "",
                "KNOWN BY: the coordinator's 'map', a 'call' of the node through the relay, or 'seen': a packet came from there.",
                "CARRIES: the longest datagram that was seen to get there whole, in bytes with headers.",
                "VERDICT: 'in-use'; 'works'; 'narrow' (full packets do not get there); 'rests' (it stopped working too often lately); 'asked' a moment"
                        + " ago; 'stale' (it answered once); 'silent'; 'untried'.",
                "",
                "Nothing is looked for, and nothing noted, while there is no traffic: 'penstock ping NODE' makes some.",
                "",
                "Exit codes: 0 shown, 1 no such node, 3 penstockd is not running, 4 not up or not logged in, 5 not allowed to ask it."
            })
    int path(
            @Mixin NodeOptions options,
            @Parameters(paramLabel = "NODE", description = "Name or address in the network.") String target,
            @Option(names = "--events", description = "List what happened, too.") boolean withEvents,
            @Option(names = "--svg", paramLabel = "FILE", description = "Draw it; - is standard output.") @Nullable Path svg)
            throws CommandFailure {
        Daemon.Result found =
                options.daemon().ask(Daemon.request("debug-path").name("target").value(target));
        if (svg != null) {
            draw(found.value(), svg, options);
            if (svg.toString().equals("-")) {
                return ExitCode.OK;
            }
        }
        if (options.json()) {
            options.out().println(found.document());
        } else {
            PathText.print(found.value(), withEvents, options.out());
        }
        return ExitCode.OK;
    }

    private static void draw(Reply debug, Path file, NodeOptions options) throws CommandFailure {
        String picture = PathPicture.draw(debug);
        if (file.toString().equals("-")) {
            options.out().print(picture);
            return;
        }
        try {
            Files.writeString(file, picture);
        } catch (IOException e) {
            throw new CommandFailure("cannot write " + file + ": " + e.getMessage());
        }
        options.err().println("drawn: " + file);
    }
}
