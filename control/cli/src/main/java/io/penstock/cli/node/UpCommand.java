package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.lab.JsonWriter;
import io.penstock.node.config.NodeConfig;
import io.penstock.node.config.Setting;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock up}: joins a network. */
@Command(
        name = "up",
        description = "Join a network, or change what is joined, and return when it can be used.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        abbreviateSynopsis = true,
        footer = {
            "",
            "A gateway of a site:       sudo penstock up --server https://vpn.example.org --lan 10.1.0.0/24",
            "Without somebody there:    sudo penstock up --server https://vpn.example.org --auth-key file:/run/key --lan 10.1.0.0/24",
            "What it would do to this host:   the same with --dry-run",
            "",
            "The first time it shows a URL where somebody logs in, and waits. At the end it shows what the router of the site has to be told.",
            "With settings it takes all of them: one that was set before and is not named is not dropped in silence; name it, or say --reset."
                    + " 'penstock set' changes single ones.",
            "",
            "Exit codes: 0 up, 2 wrong usage, 3 penstockd is not running, 4 not logged in, 5 needs root, 6 not in time (the daemon goes on), 8 refused"
                    + " by the coordinator."
        })
public final class UpCommand implements Subcommand {
    private static final int MOST_NAMED = 5;

    @Mixin
    private NodeOptions options = new NodeOptions();

    @Mixin
    private ConfigSource source = new ConfigSource();

    @Option(
            names = "--auth-key",
            paramLabel = "file:PATH",
            description = "File with a key that lets this node in without a login.")
    private @Nullable String authKey;

    @Option(
            names = "--login-again",
            description = "Log in again although the node is registered; it gets another key, and traffic goes on.")
    private boolean newLogin;

    @Option(names = "--reset", description = "Settings that are not named return to their defaults.")
    private boolean reset;

    @Option(names = "--dry-run", description = "Print every change to this host, and make none.")
    private boolean dryRun;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = Span.class,
            description = "How long to wait, such as 60s (default: for ever).")
    private @Nullable Duration timeout;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public UpCommand() {}

    @Override
    public void addSubcommands(CommandLine self, String word) {
        SettingFlags.add(self.getCommandSpec());
    }

    @Override
    public Integer call() throws CommandFailure {
        String key = authKey == null ? null : AuthKey.read(authKey);
        NodeConfig given = SettingFlags.given(spec);
        NodeConfig wanted = source.above(given);
        NodeConfig before =
                SettingFlags.of(options.daemon().ask(Daemon.request("get")).value());
        if (!reset && !given.given().isEmpty()) {
            refuseToDrop(before, given, wanted);
        }
        return dryRun ? plan(wanted) : join(wanted, key);
    }

    private static void refuseToDrop(NodeConfig before, NodeConfig given, NodeConfig wanted) throws CommandFailure {
        List<Setting<?>> dropped = before.differences(NodeConfig.EMPTY).stream()
                .filter(setting -> !wanted.has(setting))
                .toList();
        if (dropped.isEmpty()) {
            return;
        }
        StringBuilder command = new StringBuilder("penstock up");
        given.given().forEach(setting -> command.append(' ').append(SettingFlags.typed(given, setting)));
        dropped.forEach(setting -> command.append(' ').append(SettingFlags.typed(before, setting)));
        throw new CommandFailure(
                "this would drop settings that were made before: "
                        + String.join(", ", dropped.stream().map(Setting::name).toList())
                        + ". Either name them all:\n  " + command
                        + "\nor change only some: penstock set, or drop the others: --reset",
                ExitCode.USAGE);
    }

    private int plan(NodeConfig wanted) throws CommandFailure {
        Daemon.Result plan = options.daemon().ask(SettingFlags.writeChanges(Daemon.request("plan"), wanted, reset));
        if (options.json()) {
            options.out().println(plan.document());
            return ExitCode.OK;
        }
        plan.value().texts("changes").forEach(options.out()::println);
        plan.value().texts("notes").forEach(note -> options.out().println("# " + note));
        return ExitCode.OK;
    }

    private int join(NodeConfig wanted, @Nullable String key) throws CommandFailure {
        JsonWriter request = SettingFlags.writeChanges(Daemon.request("up"), wanted, reset);
        if (key != null) {
            request.name("auth_key").value(key);
        }
        request.name("new_login").value(newLogin);
        long timeoutMs = timeout == null ? 0 : timeout.toMillis();
        Duration limit = timeout == null ? Daemon.FOREVER : timeout.plus(Daemon.PROMPTLY);
        Daemon.Result status = options.daemon().ask(request.name("timeout_ms").value(timeoutMs), limit, event -> {
            tell(event.value());
            return true;
        });
        if (options.json()) {
            options.out().println(status.document());
        } else {
            summarize(status.value());
        }
        return ExitCode.OK;
    }

    /** On the other stream: what is printed is the end. */
    private void tell(Reply event) {
        switch (event.text("kind")) {
            case "login-needed" -> {
                options.err().println("To join, open\n\n  " + event.text("url") + "\n");
                if (!event.text("code").isEmpty()) {
                    options.err()
                            .println("or, in a browser elsewhere, open\n\n  " + event.text("code_url")
                                    + "\n\nand type in the code  " + event.text("code") + "\n");
                }
                if (options.isColoured() && !options.json()) {
                    options.err().println(QrText.of(event.text("url"), true));
                }
                options.err().println("Waiting for the login; Ctrl-C ends only the waiting.");
            }
            case "trouble" ->
                options.err()
                        .println(event.text("text")
                                + (event.number("retry_in_ms") == 0
                                        ? ""
                                        : "; tried again " + inTime(event.number("retry_in_ms"))));
            default -> {} // its state goes by fast, and its end is the result
        }
        options.err().flush();
    }

    private static String inTime(long ms) {
        return ms < 1000 ? "at once" : "in " + StatusText.duration(Duration.ofMillis(ms));
    }

    /** Paths are found under traffic: after a first {@code up} there are none, which is no failure. */
    private void sayPathless(Reply status) {
        List<String> names = status.items("peers").stream()
                .filter(peer -> !peer.flag("is_static") && !peer.text("online").equals("false"))
                .filter(peer -> peer.at("path").text("kind").equals("none"))
                .map(peer -> peer.text("name"))
                .toList();
        if (!names.isEmpty()) {
            int shown = Math.min(MOST_NAMED, names.size());
            options.out()
                    .println("  no path yet to " + String.join(", ", names.subList(0, shown))
                            + (names.size() > shown ? " and " + (names.size() - shown) + " others" : "")
                            + ": it is found with the first packets, or by `penstock ping NODE`");
        }
    }

    private void summarize(Reply status) {
        Reply self = status.at("self");
        String name = self.text("full_name").isEmpty() ? self.text("name") : self.text("full_name");
        options.out()
                .println("up: " + name + " " + String.join(" ", self.texts("overlay")) + ", interface "
                        + self.text("interface_name") + ", MTU " + self.text("mtu"));
        for (Reply peer : status.items("peers")) {
            Reply path = peer.at("path");
            if (!path.text("kind").equals("none")) {
                options.out()
                        .println("  " + peer.text("name") + "  " + StatusText.path(path) + "  "
                                + StatusText.roundTrip(path));
            }
        }
        sayPathless(status);
        List<String> lines = StaticRoutes.lines(status, StaticRoutes.ownAddresses(), Router.LINUX);
        if (!lines.isEmpty()) {
            options.out()
                    .println(
                            "The router of this site has to know (for others: penstock routes --for vyos|mikrotik|...):");
            lines.forEach(line -> options.out().println("  " + line));
        }
        for (Reply item : status.items("health")) {
            options.out()
                    .println(item.text("severity") + ": " + item.text("text")
                            + (item.text("fix").isEmpty() ? "" : " (cure: " + item.text("fix") + ")"));
        }
    }
}
