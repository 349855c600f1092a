package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock server dns}: names besides those of the nodes, and whom nodes ask for all others. */
@Command(
        name = "dns",
        description = "Names besides those of the nodes, and whom nodes ask for all others.",
        mixinStandardHelpOptions = true)
final class DnsCommand extends Group {
    private static final String RECORDS = "/dns-records";
    private static final String SETTINGS = "/dns-settings";
    private static final String NONE = "none";

    private static final Table SHOWN = new Table(
            Column.ofList("nameservers", "nameservers"),
            new Column("override local", row -> row.flag("overrideLocal") ? "yes" : "no"),
            Column.ofList("search", "search"),
            new Column("split", DnsCommand::split));

    @Command(name = "list", description = "List extra records.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().get(RECORDS),
                new Table(
                        Column.of("ID", "id"),
                        Column.of("NAME", "name"),
                        Column.of("TYPE", "type"),
                        Column.of("VALUE", "value")));
        return ExitCode.OK;
    }

    @Command(
            name = "add",
            description = "Add a record: a name and an address of IPv4 (type A) or IPv6 (type AAAA).",
            mixinStandardHelpOptions = true,
            footer = {"", "  penstock server dns add grafana.lab.example.org 100.64.0.7"})
    int add(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "NAME", description = "Full name.") String name,
            @Parameters(index = "1", paramLabel = "ADDRESS", description = "Address.") String address)
            throws CommandFailure {
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject();
        body.name("name").value(name);
        body.name("type").value(address.contains(":") ? "AAAA" : "A");
        body.name("value").value(address);
        Reply added = api.call("POST", api.inDomain(RECORDS), body.endObject());
        options.printDone(
                added, "record " + added.text("id") + ": " + added.text("name") + " is " + added.text("value"));
        return ExitCode.OK;
    }

    @Command(name = "settings", description = "Show whom nodes ask.", mixinStandardHelpOptions = true)
    int settings(@Mixin AdminOptions options) throws CommandFailure {
        options.printOne(options.open().get(SETTINGS), SHOWN);
        return ExitCode.OK;
    }

    @Command(
            name = "set",
            description =
                    "Change whom nodes ask for names that are not of the domain. What is not given stays as it is.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock server dns set --nameservers 9.9.9.9,2620:fe::fe --override-local",
                "  penstock server dns set --search corp.example.org",
                "  penstock server dns set --nameservers none --no-override-local",
                "",
                "A nameserver is an address, an address and a port, or a URL of DNS over HTTPS; of those, stock clients know the",
                "well-known providers' only. Without --override-local nodes ask them where their system has none."
            })
    int set(
            @Mixin AdminOptions options,
            @Option(
                            names = "--nameservers",
                            paramLabel = "LIST",
                            description = "All of them from now on, with commas between, or the word none.")
                    @Nullable String nameservers,
            @Option(
                            names = "--override-local",
                            negatable = true,
                            description = "Nodes ask these instead of the nameservers that their system has; or not.")
                    @Nullable Boolean overrideLocal,
            @Option(
                            names = "--search",
                            paramLabel = "LIST",
                            description = "All domains that are searched behind the own one, or the word none.")
                    @Nullable String search)
            throws CommandFailure {
        if (nameservers == null && overrideLocal == null && search == null) {
            throw new CommandFailure(
                    "say what to change: --nameservers, --override-local, --no-override-local or --search",
                    ExitCode.USAGE);
        }
        JsonWriter body = new JsonWriter().beginObject();
        if (nameservers != null) {
            list(body.name("nameservers"), words(nameservers));
        }
        if (overrideLocal != null) {
            body.name("overrideLocal").value(overrideLocal);
        }
        if (search != null) {
            list(body.name("search"), words(search));
        }
        return change(options, body.endObject());
    }

    @Command(
            name = "split",
            description = "Let nodes ask other nameservers for the names that end in a suffix.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock server dns split corp.example.org 10.0.0.53 10.0.1.53",
                "  penstock server dns split 10.in-addr.arpa 10.0.0.53",
                "  penstock server dns split corp.example.org none"
            })
    int split(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "SUFFIX", description = "What the names end in.") String suffix,
            @Parameters(
                            index = "1..*",
                            arity = "1..*",
                            paramLabel = "NAMESERVER",
                            description = "All of its nameservers from now on, or the word none.")
                    List<String> nameservers)
            throws CommandFailure {
        JsonWriter body =
                new JsonWriter().beginObject().name("split").beginArray().beginObject();
        body.name("suffix").value(suffix);
        list(body.name("nameservers"), nameservers.equals(List.of(NONE)) ? List.of() : nameservers);
        return change(options, body.endObject().endArray().endObject());
    }

    private static List<String> words(String list) {
        return list.equals(NONE) ? List.of() : List.of(list.split(",", -1));
    }

    private static void list(JsonWriter body, List<String> words) {
        body.beginArray();
        words.forEach(body::value);
        body.endArray();
    }

    private static int change(AdminOptions options, JsonWriter body) throws CommandFailure {
        AdminApi api = options.open();
        options.printOne(api.call("PATCH", api.inDomain(SETTINGS), body), SHOWN);
        return ExitCode.OK;
    }

    private static String split(Reply settings) {
        return settings.objects("split").stream()
                .map(part -> part.text("suffix") + "=" + String.join(",", part.texts("nameservers")))
                .collect(Collectors.joining(" "));
    }

    @Command(name = "remove", description = "Remove a record.", mixinStandardHelpOptions = true)
    int remove(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "RECORD", description = "Id; or the name, if it has one record.") String record)
            throws CommandFailure {
        AdminApi api = options.open();
        String id = api.find(RECORDS, "name", record, "record").text("id");
        options.printDone(api.call("DELETE", api.inDomain(RECORDS + "/" + id), ""), "record " + id + " is removed");
        return ExitCode.OK;
    }
}
