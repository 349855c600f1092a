package io.penstock.cli.node;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import io.penstock.cli.TextTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code penstock routes}: which networks go where, and what the router beside this gateway has to know. */
@Command(
        name = "routes",
        description = "List the networks behind other nodes, and why some are not used.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Hosts behind this gateway find the others only if their router sends packets here. --for prints what to type there:",
            "  penstock routes --for mikrotik"
        })
public final class RoutesCommand implements Subcommand {
    @Mixin
    private NodeOptions options = new NodeOptions();

    @Option(
            names = "--for",
            paramLabel = "linux|vyos|mikrotik|opnsense|cisco",
            description = "Print the static routes for the router of the networks behind this node.")
    private @Nullable Router router;

    public RoutesCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Daemon.Result status = options.daemon().ask(Daemon.request("status"));
        if (options.json()) {
            options.out().println(status.document());
        } else if (router == null) {
            list(status.value());
        } else {
            List<String> lines = StaticRoutes.lines(status.value(), StaticRoutes.ownAddresses(), router);
            if (lines.isEmpty()) {
                throw new CommandFailure(
                        "nothing to tell a router: this node serves no network (penstock set --lan PREFIX), or"
                                + " knows none elsewhere");
            }
            lines.forEach(options.out()::println);
        }
        return ExitCode.OK;
    }

    private void list(Reply status) {
        List<List<String>> rows = new ArrayList<>();
        for (Reply route : status.items("routes")) {
            String why = route.text("why");
            rows.add(List.of(
                    route.text("prefix"), route.text("via"), route.text("state") + (why.isEmpty() ? "" : ": " + why)));
        }
        TextTable.print(List.of("ROUTE", "VIA", "STATE"), rows, options.out());
    }
}
