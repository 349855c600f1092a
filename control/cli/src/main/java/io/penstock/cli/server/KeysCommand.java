package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock server keys}: pre-auth keys, by which nodes join without anybody's login. */
@Command(name = "keys", description = "Keys that admit nodes.", mixinStandardHelpOptions = true)
final class KeysCommand extends Group {
    private static final String KEYS = "/keys";

    @Command(name = "list", description = "List keys; secrets are not kept.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().get(KEYS),
                new Table(
                        Column.of("ID", "id"),
                        Column.of("PREFIX", "prefix"),
                        new Column("FOR", Owners::of),
                        Column.of("REUSABLE", "reusable"),
                        Column.of("EPHEMERAL", "ephemeral"),
                        Column.of("USES", "uses"),
                        Column.of("EXPIRES", "expires"),
                        Column.of("REVOKED", "revoked")));
        return ExitCode.OK;
    }

    @Command(
            name = "create",
            description =
                    "Make a key. Its secret is shown once, on standard output; everything else goes to standard error.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "For ten servers that belong to nobody:  penstock server keys create --tags tag:server --reusable --expires 1h",
                "For one laptop of alice's:              penstock server keys create --user alice",
                "For a script:                           penstock server keys create --tags tag:ci --ephemeral --quiet >key"
            })
    int create(
            @Mixin AdminOptions options,
            @Option(
                            names = "--user",
                            paramLabel = "NAME",
                            description = "Whose the nodes become: a login name or an id.")
                    @Nullable String user,
            @Option(
                            names = "--tags",
                            paramLabel = "TAG",
                            split = ",",
                            description =
                                    "Tags of the nodes, for example tag:server; they belong to nobody and do not expire.")
                    @Nullable List<String> tags,
            @Option(names = "--reusable", description = "Admits any number of nodes; one otherwise.") boolean reusable,
            @Option(names = "--ephemeral", description = "Its nodes are forgotten when they stay away.")
                    boolean ephemeral,
            @Option(
                            names = "--expires",
                            paramLabel = "TIME",
                            defaultValue = "1h",
                            converter = Lifetime.class,
                            description =
                                    "How long it admits, for example 30m, 12h or 90d (default: ${DEFAULT-VALUE}).")
                    Duration expires,
            @Option(
                            names = {"-q", "--quiet"},
                            description = "Print the secret and nothing else, on no stream.")
                    boolean quiet)
            throws CommandFailure {
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject();
        if (user != null) {
            body.name("userId")
                    .value(Long.parseLong(
                            api.find("/users", "loginName", user, "user").text("id")));
        }
        body.name("tags").beginArray();
        (tags == null ? List.<String>of() : tags).forEach(body::value);
        body.endArray();
        body.name("reusable").value(reusable);
        body.name("ephemeral").value(ephemeral);
        body.name("lifetimeSeconds").value(expires.toSeconds());
        Reply issued = api.call("POST", api.inDomain(KEYS), body.endObject());
        Reply key = issued.object("key");
        String said = "key " + key.text("id") + " for " + Owners.of(key) + ", good until " + key.text("expires")
                + ", for " + (reusable ? "any number of nodes" : "one node");
        options.printSecret(issued, quiet ? null : said);
        return ExitCode.OK;
    }

    @Command(name = "revoke", description = "End a key; nodes that it admitted stay.", mixinStandardHelpOptions = true)
    int revoke(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "KEY", description = "Id or prefix of the key.") String key)
            throws CommandFailure {
        AdminApi api = options.open();
        String id = api.find(KEYS, "prefix", key, "key").text("id");
        options.printDone(api.call("DELETE", api.inDomain(KEYS + "/" + id), ""), "key " + id + " is revoked");
        return ExitCode.OK;
    }
}
