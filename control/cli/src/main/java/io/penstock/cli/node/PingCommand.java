package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock ping}: how a peer is reached, and how far away it is. */
@Command(
        name = "ping",
        description = "Measure the path to another node, and name it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "  penstock ping hub                  each line says by which path the answer came",
            "  penstock ping --until-direct hub   goes on until the answer comes without a relay; 7 if it never does",
            "",
            "Exit codes: 0 answered, 1 no such node, 3 penstockd is not running, 4 not up or not logged in, 6 no answer at all, 7 never direct."
        })
public final class PingCommand implements Subcommand {
    private static final int MAX_COUNT = 1_000_000;
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    @Mixin
    private NodeOptions options = new NodeOptions();

    @Parameters(paramLabel = "NODE", description = "Name or address in the network.")
    private String target = "";

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            defaultValue = "4",
            description = "How often (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(names = "--until-direct", description = "End as soon as the path is direct.")
    private boolean untilDirect;

    @Option(names = "--tsmp", description = "Ask inside of the tunnel, answered by the other node itself.")
    private boolean tsmp;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = Span.class,
            description = "How long to wait for each answer (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofSeconds(5);

    public PingCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        if (count < 1 || count > MAX_COUNT) {
            throw new CommandFailure("-c is a number from 1 to " + MAX_COUNT, ExitCode.USAGE);
        }
        int answers = 0;
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                pause();
            }
            String kind = once();
            answers += kind.isEmpty() ? 0 : 1;
            if (untilDirect && kind.equals("direct")) {
                return ExitCode.OK;
            }
        }
        if (answers == 0) {
            throw new CommandFailure("no answer from " + target, ExitCode.TIMED_OUT);
        }
        if (untilDirect) {
            throw new CommandFailure("no direct path to " + target + " after " + count + " pings", ExitCode.NOT_MET);
        }
        return ExitCode.OK;
    }

    /** The kind of path of the answer, empty without one. */
    private String once() throws CommandFailure {
        try {
            Daemon.Result pong = options.daemon()
                    .ask(
                            Daemon.request("ping")
                                    .name("target")
                                    .value(target)
                                    .name("type")
                                    .value(tsmp ? "tsmp" : "disco")
                                    .name("timeout_ms")
                                    .value(timeout.toMillis()),
                            timeout.plus(Daemon.PROMPTLY),
                            event -> true);
            Reply path = pong.value().at("path");
            options.out()
                    .println(
                            options.json()
                                    ? pong.document()
                                    : "pong from " + pong.value().text("peer") + " ("
                                            + pong.value().text("overlay") + ") by " + StatusText.path(path) + " in "
                                            + StatusText.roundTrip(path));
            options.out().flush();
            return path.text("kind");
        } catch (CommandFailure e) {
            if (e.exitCode() != ExitCode.TIMED_OUT) {
                throw e;
            }
            options.err().println("no answer from " + target + " within " + timeout.toMillis() + " ms");
            return "";
        }
    }

    private static void pause() throws CommandFailure {
        try {
            Thread.sleep(INTERVAL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
