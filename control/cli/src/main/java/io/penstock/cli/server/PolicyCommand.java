package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock server policy}: who may speak to whom. */
@Command(name = "policy", description = "Who may speak to whom.", mixinStandardHelpOptions = true)
final class PolicyCommand extends Group {
    private static final int SCHEMA = 1;
    private static final String POLICY = "/policy";
    private static final String FILE = "File of HuJSON, or - for standard input.";

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    PolicyCommand() {}

    @Command(name = "get", description = "Print the policy in force.", mixinStandardHelpOptions = true)
    int get(@Mixin AdminOptions options) throws CommandFailure {
        Reply policy = options.open().get(POLICY);
        if (options.json()) {
            options.out().println(policy.document());
        } else {
            options.out().print(policy.raw("text").stripTrailing() + "\n");
            options.out().flush();
        }
        return ExitCode.OK;
    }

    @Command(name = "versions", description = "List the newest policies.", mixinStandardHelpOptions = true)
    int versions(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().get(POLICY + "/versions"),
                new Table(
                        Column.of("VERSION", "version"),
                        Column.of("SET BY", "author"),
                        Column.of("AT", "created"),
                        new Column(
                                "BYTES", row -> Integer.toString(row.raw("text").length()))));
        return ExitCode.OK;
    }

    @Command(
            name = "set",
            description = "Check a policy, with its tests, and put it into force. A bad one changes nothing.",
            mixinStandardHelpOptions = true)
    int set(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "FILE", description = FILE) String file,
            @Option(
                            names = "--expect",
                            paramLabel = "VERSION",
                            description = "Only if this version is in force, 0 for none: for those who edit together.")
                    @Nullable Long expected)
            throws CommandFailure {
        JsonWriter body = new JsonWriter().beginObject().name("text").value(PolicyFile.read(file));
        if (expected != null) {
            body.name("expectedVersion").value(expected);
        }
        AdminApi api = options.open();
        Reply set = api.call("PUT", api.inDomain(POLICY), body.endObject());
        options.printDone(set, "version " + set.text("version") + " is in force");
        return ExitCode.OK;
    }

    @Command(
            name = "check",
            description = "Read a policy and run its tests, without a coordinator.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Each finding is a line FILE:LINE:COLUMN: TEXT. Exit code 0 if there is none, 1 otherwise. The tests mean nodes that"
                        + " could come; 'policy set' runs them with those that there are."
            })
    int check(
            @Parameters(paramLabel = "FILE", description = FILE) String file,
            @Option(names = "--json", description = "Print one JSON object.") boolean json)
            throws CommandFailure {
        List<PolicyFile.Fault> faults = PolicyFile.faults(PolicyFile.read(file));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonWriter writer = new JsonWriter().beginObject();
            writer.name("schema").value(SCHEMA);
            writer.name("file").value(file);
            writer.name("findings").beginArray();
            for (PolicyFile.Fault fault : faults) {
                writer.beginObject();
                writer.name("line").value(fault.line());
                writer.name("column").value(fault.column());
                writer.name("message").value(fault.message());
                writer.endObject();
            }
            out.print(writer.endArray().endObject().document());
            out.flush();
        } else if (faults.isEmpty()) {
            out.println(file + " is good");
        } else {
            for (PolicyFile.Fault fault : faults) {
                out.println(file + ":" + fault.line() + ":" + fault.column() + ": " + Reply.printable(fault.message()));
            }
        }
        return faults.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }
}
