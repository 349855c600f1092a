package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock server domains}: the private networks of one coordinator. */
@Command(
        name = "domains",
        description = "Private networks of the coordinator, kept apart.",
        mixinStandardHelpOptions = true)
final class DomainsCommand extends Group {
    private static final String DOMAINS = "/domains";

    @Command(name = "list", description = "List domains.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().call("GET", DOMAINS, ""),
                new Table(
                        Column.of("ID", "id"),
                        Column.of("NAME", "name"),
                        Column.of("DNS SUFFIX", "dnsSuffix"),
                        Column.of("IPV4", "prefixV4"),
                        Column.of("IPV6", "prefixV6"),
                        new Column("KEYS LIVE", DomainsCommand::keyLifetime),
                        Column.of("CREATED", "created")));
        return ExitCode.OK;
    }

    private static String keyLifetime(Reply domain) {
        String seconds = domain.text("keyLifetimeSeconds");
        return seconds.isEmpty()
                ? "for ever"
                : Duration.ofSeconds(Long.parseLong(seconds)).toDays() + " d";
    }

    @Command(
            name = "add",
            description = "Make a domain, and the link by which its owner comes in, shown once.",
            mixinStandardHelpOptions = true,
            footer = {"", "  penstock server domains add lab --dns-suffix lab.example.org --ipv4 100.100.0.0/16"})
    int add(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "NAME", description = "Its name, a DNS label.") String name,
            @Option(
                            names = "--dns-suffix",
                            paramLabel = "NAME",
                            required = true,
                            description = "What names of its nodes end in.")
                    String dnsSuffix,
            @Option(
                            names = "--ipv4",
                            paramLabel = "PREFIX",
                            description = "Addresses of its nodes (default: 100.64.0.0/10).")
                    @Nullable String prefixV4,
            @Option(
                            names = "--ipv6",
                            paramLabel = "PREFIX",
                            description = "Addresses of its nodes (default: fd7a:115c:a1e0::/48).")
                    @Nullable String prefixV6,
            @Option(
                            names = "--key-lifetime",
                            paramLabel = "TIME",
                            converter = Lifetime.class,
                            description = "When users' nodes have to log in again, for example 90d (default: 180d).")
                    @Nullable Duration keyLifetime,
            @Option(names = "--keys-live-for-ever", description = "Users' nodes never have to log in again.")
                    boolean forEver)
            throws CommandFailure {
        if (forEver && keyLifetime != null) {
            throw new CommandFailure("--key-lifetime or --keys-live-for-ever, not both", ExitCode.USAGE);
        }
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject();
        body.name("name").value(name);
        body.name("dnsSuffix").value(dnsSuffix);
        if (prefixV4 != null) {
            body.name("prefixV4").value(prefixV4);
        }
        if (prefixV6 != null) {
            body.name("prefixV6").value(prefixV6);
        }
        if (forEver || keyLifetime != null) {
            body.name("keyLifetimeSeconds").value(keyLifetime == null ? 0 : keyLifetime.toSeconds());
        }
        Reply made = api.call("POST", DOMAINS, body.endObject());
        if (options.json()) {
            options.out().println(made.document());
            return ExitCode.OK;
        }
        options.err()
                .println("domain " + made.object("domain").text("name") + " is made; whoever opens " + SetupPage.PATH
                        + "# with this behind it at the coordinator's URL, once and within a day, becomes its owner:");
        options.out().println(made.text("ownerLink"));
        return ExitCode.OK;
    }
}
