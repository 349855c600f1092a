package io.penstock.cli;

import io.penstock.lab.Quantity;
import io.penstock.lab.demo.Demo;
import io.penstock.lab.demo.DemoException;
import io.penstock.lab.demo.DemoReport;
import io.penstock.lab.demo.DemoSettings;
import io.penstock.lab.demo.Leftovers;
import io.penstock.lab.demo.MeshDemo;
import io.penstock.lab.demo.MeshReport;
import io.penstock.lab.terminal.Look;
import io.penstock.lab.terminal.Screen;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock demo}: a mesh on this machine, to be taken apart; or two plain gateways, joined and measured. */
@Command(
        name = "demo",
        description =
                "Build a coordinator and two sites in network namespaces, join them, let you kill and cut what you like, and"
                        + " show how long nothing got through. It removes everything at the end.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        footer = {
            "",
            "On a terminal it shows a picture and waits for keys. Elsewhere, and with --expect, --plain or --json, it presses every key"
                    + " itself and compares what it sees with what it expects.",
            "",
            "The machine's own routes, addresses, DNS and firewall are not touched: all there is lives in namespaces"
                    + " named ps-ID-..., in processes inside them, and in /run/penstock.",
            "",
            "Exit codes: 0 as expected, 1 failed, 2 wrong usage, 5 needs root, 7 something was not as expected."
        })
public final class DemoCommand implements Subcommand {
    private static final String DEFAULT_DURATION = "20s";
    private static final String REMOVED = "  removed       everything that was made";

    @Option(
            names = "--wg",
            description =
                    "Two plain WireGuard gateways ('penstock wg') without a coordinator; off a terminal it measures how fast"
                            + " they are.")
    private boolean plainGateways;

    @Option(
            names = "--expect",
            description = "Press every key, on a terminal too, and say what was expected and what was seen.")
    private boolean expect;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            description =
                    "Ends the picture after this time, at least 2s (default: when you quit); with --wg off a terminal the bound"
                            + " of all traffic together (default: " + DEFAULT_DURATION + ").")
    private @Nullable String duration;

    @Option(names = "--plain", description = "Print lines on a terminal too, instead of a picture that changes.")
    private boolean plain;

    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    private boolean json;

    @Option(names = "--keep", description = "Leave the sites standing afterwards, to look around.")
    private boolean keep;

    @Option(names = "--cleanup", description = "Remove what demos left behind that were killed or kept; run nothing.")
    private boolean cleanup;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    public DemoCommand() {}

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        try {
            if (cleanup) {
                return cleanUp();
            }
            return plainGateways ? run() : runMesh();
        } catch (DemoException e) {
            err.println("penstock demo: " + e.getMessage());
            return switch (e.reason()) {
                case NEEDS_ROOT -> ExitCode.NEEDS_ROOT;
                case NOT_THROUGH_TUNNEL -> ExitCode.NOT_MET;
                case FAILED -> ExitCode.FAILED;
            };
        } catch (IOException e) {
            throw new CommandFailure(e.toString());
        }
    }

    private int runMesh() throws DemoException, IOException, InterruptedException, CommandFailure {
        Look look = Look.of(System.getenv());
        boolean isLive = !json && !plain && !expect && look != null && Screen.isPossible();
        if (!isLive && duration != null) {
            throw usage("--for ends the picture, or goes with --wg: what presses its own keys ends by itself");
        }
        String launcher = System.getenv("PENSTOCK_LAUNCHER");
        if (launcher == null) {
            throw new CommandFailure(
                    "starts a coordinator and gateways by the program penstock: run it as './penstock demo'");
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter talk = json ? spec.commandLine().getErr() : out;
        Consumer<String> teller = line -> {
            talk.println(line);
            talk.flush();
        };
        DemoSettings settings = settings();
        MeshDemo.Outcome outcome = isLive && look != null
                ? MeshDemo.live(settings, launcher, look, duration == null ? 0 : settings.trafficNs(), teller)
                : MeshDemo.tour(settings, launcher, teller);
        MeshReport report = outcome.report();
        out.print(json ? report.json(Build.read().version()) : report.text());
        if (!json && keep) {
            out.print(MeshReport.keptText(report.id()));
        } else if (!json && outcome.leftBehind().isEmpty()) {
            out.println(REMOVED);
        }
        out.flush();
        if (!outcome.leftBehind().isEmpty()) {
            return ExitCode.FAILED;
        }
        return report.isMet() || isLive ? ExitCode.OK : ExitCode.NOT_MET;
    }

    private int run() throws DemoException, IOException, InterruptedException {
        if (expect) {
            throw usage("--expect is about the mesh, and --wg has none");
        }
        Look look = Look.of(System.getenv());
        if (!json && !plain && look != null && Screen.isPossible()) {
            return runLive(look);
        }
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter talk = json ? spec.commandLine().getErr() : out;
        Demo.Outcome outcome = Demo.run(settings(), line -> {
            talk.println(line);
            talk.flush();
        });
        out.print(
                json
                        ? outcome.report().json(Build.read().version())
                        : outcome.report().text());
        if (keep && !json) {
            out.print(DemoReport.keptText(outcome.report().id()));
        }
        out.flush();
        return outcome.leftBehind().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    /** On a terminal: a picture, then what was seen. */
    private int runLive(Look look) throws DemoException, IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        DemoSettings settings = settings();
        Demo.LiveOutcome outcome = Demo.runLive(settings, look, duration == null ? 0 : settings.trafficNs(), line -> {
            out.println(line);
            out.flush();
        });
        out.print(outcome.text());
        if (keep) {
            out.print(DemoReport.keptText(outcome.id()));
        } else if (outcome.leftBehind().isEmpty()) {
            out.println(REMOVED);
        }
        out.flush();
        return outcome.leftBehind().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    private int cleanUp() throws DemoException, IOException, InterruptedException {
        if (json || keep || expect || plainGateways) {
            throw usage("--cleanup goes alone");
        }
        PrintWriter out = spec.commandLine().getOut();
        Leftovers.Sweep sweep = Demo.cleanUp(settings());
        sweep.running().forEach(id -> out.println("demo " + id + " is running and was left alone"));
        sweep.removed().forEach(id -> out.println("removed demo " + id));
        sweep.problems().forEach(spec.commandLine().getErr()::println);
        if (sweep.running().isEmpty()
                && sweep.removed().isEmpty()
                && sweep.problems().isEmpty()) {
            out.println("nothing to remove");
        }
        out.flush();
        return sweep.problems().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    private DemoSettings settings() {
        try {
            return new DemoSettings(
                    Quantity.parseDurationNs(duration == null ? DEFAULT_DURATION : duration),
                    keep,
                    interfaceProgram(),
                    DemoSettings.STATE_DIRECTORY);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    /** This very program, by its launcher, or by the same Java where it was started without one. */
    private static List<String> interfaceProgram() {
        String launcher = System.getenv("PENSTOCK_LAUNCHER");
        if (launcher != null) {
            return List.of(launcher, "wg");
        }
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && classPath.indexOf(':') < 0) {
            command.addAll(List.of("-jar", classPath));
        } else {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.addAll(List.of("--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"));
            command.addAll(List.of("--add-exports", "java.base/jdk.internal.module=ALL-UNNAMED"));
            command.addAll(List.of("-cp", classPath, Main.class.getName()));
        }
        command.add("wg");
        return command;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
