package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code penstock server dns}: names besides those of the nodes. */
@Command(name = "dns", description = "Names besides those of the nodes.", mixinStandardHelpOptions = true)
final class DnsCommand extends Group {
    private static final String RECORDS = "/dns-records";

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
