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

/** {@code penstock server api-keys}: by which programs act for a user. */
@Command(name = "api-keys", description = "Keys by which programs act for a user.", mixinStandardHelpOptions = true)
final class ApiKeysCommand extends Group {
    private static final String API_KEYS = "/api-keys";

    @Command(name = "list", description = "List API keys; secrets are not kept.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().get(API_KEYS),
                new Table(
                        Column.of("ID", "id"),
                        Column.of("PREFIX", "prefix"),
                        Column.of("USER", "userId"),
                        Column.of("DESCRIPTION", "description"),
                        Column.ofList("SCOPES", "scopes"),
                        Column.of("EXPIRES", "expires"),
                        Column.of("REVOKED", "revoked")));
        return ExitCode.OK;
    }

    @Command(
            name = "create",
            description = "Make an API key. Its secret is shown once, on standard output.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Scopes are in docs/authorization.md; the key may do what both its scopes and its user's role allow.",
                "",
                "  penstock server api-keys create --user alice --scope nodes:read --scope keys:write --for backup-script"
            })
    int create(
            @Mixin AdminOptions options,
            @Option(
                            names = "--user",
                            paramLabel = "NAME",
                            description = "For whom it acts; root on the machine names one.")
                    @Nullable String user,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            required = true,
                            split = ",",
                            description = "What it may do, for example nodes:read; several times or with commas.")
                    List<String> scopes,
            @Option(names = "--for", paramLabel = "TEXT", required = true, description = "What it is for.")
                    String description,
            @Option(
                            names = "--expires",
                            paramLabel = "TIME",
                            defaultValue = "90d",
                            converter = Lifetime.class,
                            description = "How long it is good, at most 366d (default: ${DEFAULT-VALUE}).")
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
                    .value(Long.parseLong(api.find(UsersCommand.USERS, "loginName", user, "user")
                            .text("id")));
        }
        body.name("description").value(description);
        body.name("scopes").beginArray();
        scopes.forEach(body::value);
        body.endArray();
        body.name("lifetimeSeconds").value(expires.toSeconds());
        Reply issued = api.call("POST", api.inDomain(API_KEYS), body.endObject());
        Reply key = issued.object("key");
        String said =
                "API key " + key.text("id") + " of user " + key.text("userId") + ", good until " + key.text("expires");
        options.printSecret(issued, quiet ? null : said);
        return ExitCode.OK;
    }

    @Command(name = "revoke", description = "End an API key.", mixinStandardHelpOptions = true)
    int revoke(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "KEY", description = "Id or prefix of the key.") String key)
            throws CommandFailure {
        AdminApi api = options.open();
        String id = api.find(API_KEYS, "prefix", key, "API key").text("id");
        options.printDone(api.call("DELETE", api.inDomain(API_KEYS + "/" + id), ""), "API key " + id + " is revoked");
        return ExitCode.OK;
    }
}
