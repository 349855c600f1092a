package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock server nodes}: the machines of a domain. */
@Command(name = "nodes", description = "Nodes of a domain.", mixinStandardHelpOptions = true)
final class NodesCommand extends Group {
    static final String NODES = "/nodes";

    static final Table TABLE = new Table(
            Column.of("ID", "id"),
            Column.of("NAME", "name"),
            new Column("OWNER", Owners::of),
            Column.of("IPV4", "addressV4"),
            Column.of("IPV6", "addressV6"),
            Column.of("OS", "os"),
            new Column("ONLINE", NodesCommand::online),
            new Column("LAST SEEN", NodesCommand::lastSeen),
            Column.of("EXPIRES", "expires"));

    @Command(name = "list", description = "List nodes.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(options.open().get(NODES), TABLE);
        return ExitCode.OK;
    }

    @Command(name = "show", description = "Show everything about a node.", mixinStandardHelpOptions = true)
    int show(@Mixin AdminOptions options, @Parameters(paramLabel = "NODE", description = "Name or id.") String node)
            throws CommandFailure {
        AdminApi api = options.open();
        options.printOne(
                api.get(path(api, node)),
                new Table(
                        Column.of("id", "id"),
                        Column.of("name", "name"),
                        new Column("owner", Owners::of),
                        Column.of("IPv4", "addressV4"),
                        Column.of("IPv6", "addressV6"),
                        Column.of("host name", "hostName"),
                        Column.of("system", "os"),
                        Column.of("release", "release"),
                        Column.of("capability", "capability"),
                        Column.of("node key", "nodeKey"),
                        Column.of("machine key", "machineKey"),
                        Column.ofList("endpoints", "endpoints"),
                        Column.of("home relay", "homeRelay"),
                        Column.ofList("routes in force", "routesServing"),
                        Column.ofList("routes approved", "routesApproved"),
                        Column.ofList("routes waiting", "routesWaiting"),
                        Column.of("exit node", "exitNode"),
                        Column.of("ephemeral", "ephemeral"),
                        Column.of("created", "created"),
                        Column.of("expires", "expires"),
                        new Column("online", NodesCommand::online),
                        new Column("last seen", NodesCommand::lastSeen)));
        return ExitCode.OK;
    }

    private static String online(Reply node) {
        return node.flag("online") ? "yes" : "no";
    }

    /** When it was here; the API tells when that began if it goes on. */
    private static String lastSeen(Reply node) {
        return node.flag("online") ? "now" : node.text("lastSeen");
    }

    @Command(name = "rename", description = "Give a node another name.", mixinStandardHelpOptions = true)
    int rename(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "NODE", description = "Name or id.") String node,
            @Parameters(index = "1", paramLabel = "NAME", description = "Its new name, a DNS label.") String name)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply renamed = api.call(
                "PATCH",
                api.inDomain(path(api, node)),
                new JsonWriter().beginObject().name("name").value(name).endObject());
        options.printDone(renamed, "node " + renamed.text("id") + " is " + renamed.text("name"));
        return ExitCode.OK;
    }

    @Command(
            name = "expire",
            description = "End a node's key: it is cut off until somebody logs it in again. Or say when it is to end.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock server nodes expire laptop                              # now",
                "  penstock server nodes expire laptop --in 90d",
                "  penstock server nodes expire laptop --at 2030-01-31T12:00:00Z",
                "  penstock server nodes expire router --never",
                "",
                "A time holds until the node logs in again, and is for administrators."
            })
    int expire(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "NODE", description = "Name or id.") String node,
            @ArgGroup @Nullable End end)
            throws CommandFailure {
        AdminApi api = options.open();
        if (end != null) {
            return setExpiry(options, api, node, end);
        }
        Reply expired = api.call("POST", api.inDomain(path(api, node) + "/expire"), "");
        options.printDone(expired, expired.text("name") + " has to log in again");
        return ExitCode.OK;
    }

    @Command(
            name = "ping",
            description = "Ask a node whether it is there. Exits with 6 if it does not answer in time.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Without --echo its connection to the coordinator has to answer, with --echo its program: it is sent some random",
                "bytes that it has to give back. Neither says anything about the tunnel."
            })
    int ping(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "NODE", description = "Name or id.") String node,
            @Option(names = "--echo", description = "Let the node's program answer, not only its connection.")
                    boolean echo,
            @Option(
                            names = "--timeout",
                            paramLabel = "TIME",
                            converter = Lifetime.class,
                            defaultValue = "5s",
                            description = "How long to wait, 1s to 30s (default: ${DEFAULT-VALUE}).")
                    Duration timeout)
            throws CommandFailure {
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject();
        body.name("way").value(echo ? "echo" : "head");
        body.name("timeoutSeconds").value(timeout.toSeconds());
        Reply pong = api.call("POST", api.inDomain(path(api, node) + "/ping"), body.endObject());
        boolean answered = pong.flag("answered");
        options.printDone(
                pong,
                pong.text("name") + ": "
                        + (answered ? milliseconds(pong.text("roundTripMicros")) : pong.text("problem")));
        return answered ? ExitCode.OK : ExitCode.TIMED_OUT;
    }

    private static String milliseconds(String micros) {
        return "answered in " + new BigDecimal(micros).movePointLeft(3).toPlainString() + " ms";
    }

    @Command(
            name = "delete",
            description = "Remove a node: it is cut off and has to join anew.",
            mixinStandardHelpOptions = true)
    int delete(@Mixin AdminOptions options, @Parameters(paramLabel = "NODE", description = "Name or id.") String node)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply removed = api.call("DELETE", api.inDomain(path(api, node)), "");
        options.printDone(removed, removed.text("name") + " is removed");
        return ExitCode.OK;
    }

    @Command(
            name = "tag",
            description = "Set a node's tags; it then belongs to nobody and does not expire.",
            mixinStandardHelpOptions = true,
            footer = {"", "  penstock server nodes tag web-1 tag:web tag:prod"})
    int tag(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "NODE", description = "Name or id.") String node,
            @Parameters(
                            index = "1..*",
                            arity = "1..*",
                            paramLabel = "TAG",
                            description = "All of its tags from now on.")
                    List<String> tags)
            throws CommandFailure {
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject().name("tags").beginArray();
        tags.forEach(body::value);
        Reply tagged = api.call(
                "PUT", api.inDomain(path(api, node) + "/tags"), body.endArray().endObject());
        options.printDone(tagged, tagged.text("name") + " is " + String.join(",", tagged.texts("tags")));
        return ExitCode.OK;
    }

    @Command(
            name = "approve-routes",
            description = "Approve exactly these routes of a node; 'routes approve' adds to those that are.",
            mixinStandardHelpOptions = true)
    int approveRoutes(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "NODE", description = "Name or id.") String node,
            @Parameters(
                            index = "1..*",
                            arity = "0..*",
                            paramLabel = "ROUTE",
                            description = "Prefixes, or the word exit; nothing takes all approvals back.")
                    @Nullable List<String> routes)
            throws CommandFailure {
        AdminApi api = options.open();
        String id = api.find(NODES, "name", node, "node").text("id");
        List<String> wanted = routes == null ? List.of() : routes;
        return RoutesCommand.set(options, api, id, new LinkedHashSet<>(RoutesCommand.prefixes(wanted)));
    }

    /** When a key is to end: one of the three. */
    static final class End {
        @Option(
                names = "--at",
                paramLabel = "TIME",
                description = "Then, such as 2030-01-31T12:00:00Z.",
                required = true)
        private @Nullable String at;

        @Option(
                names = "--in",
                paramLabel = "DURATION",
                converter = Lifetime.class,
                description = "So long from now, such as 12h or 90d.",
                required = true)
        private @Nullable Duration in;

        @Option(names = "--never", description = "Not at all.", required = true)
        private boolean never;
    }

    private static int setExpiry(AdminOptions options, AdminApi api, String node, End end) throws CommandFailure {
        JsonWriter body = new JsonWriter().beginObject();
        if (end.at != null) {
            body.name("at").value(end.at);
        }
        if (end.in != null) {
            body.name("inSeconds").value(end.in.toSeconds());
        }
        if (end.never) {
            body.name("never").value(true);
        }
        Reply set = api.call("PUT", api.inDomain(path(api, node) + "/expiry"), body.endObject());
        String expires = set.text("expires");
        options.printDone(
                set, "the key of " + set.text("name") + (expires.isEmpty() ? " does not end" : " ends at " + expires));
        return ExitCode.OK;
    }

    /** Of a node that somebody named. */
    static String path(AdminApi api, String node) throws CommandFailure {
        return NODES + "/" + api.find(NODES, "name", node, "node").text("id");
    }
}
