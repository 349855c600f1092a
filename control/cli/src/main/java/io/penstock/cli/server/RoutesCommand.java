package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.TextTable;
import io.penstock.lab.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code penstock server routes}: the networks behind nodes. */
@Command(
        name = "routes",
        description = "Networks behind nodes, and exit nodes.",
        mixinStandardHelpOptions = true,
        footer = {"", "A route is a prefix, or the word exit for both 0.0.0.0/0 and ::/0."})
final class RoutesCommand extends Group {
    private static final List<String> EXIT = List.of("0.0.0.0/0", "::/0");
    private static final String WHICH = "Prefixes, or the word exit.";

    @Command(name = "list", description = "List routes that nodes offer or may offer.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        Reply nodes = options.open().get(NodesCommand.NODES);
        if (options.json()) {
            options.out().println(nodes.document());
            return ExitCode.OK;
        }
        List<List<String>> lines = new ArrayList<>();
        for (Reply node : nodes.items()) {
            List<String> serving = new ArrayList<>(node.texts("routesServing"));
            if (node.flag("exitNode")) {
                serving.addAll(EXIT);
            }
            List<String> waiting = node.texts("routesWaiting");
            serving.forEach(route -> lines.add(line(node, route, "in force")));
            waiting.forEach(route -> lines.add(line(node, route, "waits for approval")));
            node.texts("routesApproved").stream()
                    .filter(route -> !serving.contains(route))
                    .forEach(route -> lines.add(line(node, route, "approved, not offered")));
        }
        TextTable.print(List.of("ID", "NODE", "ROUTE", "STATE"), lines, options.out());
        return ExitCode.OK;
    }

    private static List<String> line(Reply node, String route, String state) {
        return List.of(node.text("id"), node.text("name"), route, state);
    }

    @Command(
            name = "approve",
            description = "Let a node serve these routes, besides those that are approved.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock server routes approve office-router 10.1.0.0/24",
                "  penstock server routes approve vps exit"
            })
    int approve(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "NODE", description = "Name or id.") String node,
            @Parameters(index = "1..*", arity = "1..*", paramLabel = "ROUTE", description = WHICH) List<String> routes)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply found = api.find(NodesCommand.NODES, "name", node, "node");
        Set<String> approved = new LinkedHashSet<>(found.texts("routesApproved"));
        approved.addAll(prefixes(routes));
        return set(options, api, found.text("id"), approved);
    }

    @Command(name = "revoke", description = "Take the approval of these routes back.", mixinStandardHelpOptions = true)
    int revoke(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "NODE", description = "Name or id.") String node,
            @Parameters(index = "1..*", arity = "1..*", paramLabel = "ROUTE", description = WHICH) List<String> routes)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply found = api.find(NodesCommand.NODES, "name", node, "node");
        Set<String> approved = new LinkedHashSet<>(found.texts("routesApproved"));
        for (String prefix : prefixes(routes)) {
            if (!approved.remove(prefix)) {
                throw new CommandFailure(prefix + " is not approved for " + found.text("name"));
            }
        }
        return set(options, api, found.text("id"), approved);
    }

    /** Exactly these, for {@code nodes approve-routes}. */
    static int set(AdminOptions options, AdminApi api, String nodeId, Set<String> approved) throws CommandFailure {
        JsonWriter body = new JsonWriter().beginObject().name("prefixes").beginArray();
        approved.forEach(body::value);
        Reply changed = api.call(
                "PUT",
                api.inDomain(NodesCommand.NODES + "/" + nodeId + "/routes"),
                body.endArray().endObject());
        List<String> now = changed.texts("routesApproved");
        options.printDone(
                changed, changed.text("name") + " may serve " + (now.isEmpty() ? "nothing" : String.join(", ", now)));
        return ExitCode.OK;
    }

    static List<String> prefixes(List<String> routes) {
        return routes.stream()
                .flatMap(route -> route.equals("exit") ? EXIT.stream() : List.of(route).stream())
                .toList();
    }
}
