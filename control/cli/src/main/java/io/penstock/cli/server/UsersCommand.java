package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock server users}: the people of a domain. */
@Command(name = "users", description = "People of a domain.", mixinStandardHelpOptions = true)
final class UsersCommand extends Group {
    static final String USERS = "/users";

    private static final String WHO = "Login name or id.";

    @Command(name = "list", description = "List users.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().get(USERS),
                new Table(
                        Column.of("ID", "id"),
                        Column.of("NAME", "loginName"),
                        Column.of("ROLE", "role"),
                        new Column("STATE", row -> row.flag("active") ? "active" : "disabled"),
                        Column.of("OPERATOR", "operator"),
                        Column.ofList("GROUPS", "groups"),
                        Column.of("ISSUER", "issuer"),
                        Column.of("CREATED", "created")));
        return ExitCode.OK;
    }

    @Command(
            name = "add",
            description = "Add a user, whose nodes join by a key or, with --issuer, by that identity provider's login.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock server users add alice",
                "  penstock server keys create --user alice",
                "",
                "Who shall sign in with a password gets a link instead: penstock server users link --role admin"
            })
    int add(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "NAME", description = "Login name, as policies name them.") String name,
            @Option(names = "--issuer", paramLabel = "URL", description = "Identity provider that vouches for them.")
                    @Nullable String issuer,
            @Option(
                            names = "--subject",
                            paramLabel = "ID",
                            description = "With --issuer: by what the provider knows them; not their mail address.")
                    @Nullable String subject,
            @Option(names = "--display-name", paramLabel = "TEXT", description = "Name for people.") @Nullable String displayName,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "member",
                            description = "member, auditor, admin or owner (default: ${DEFAULT-VALUE}).")
                    String role)
            throws CommandFailure {
        if ((issuer == null) != (subject == null)) {
            throw new CommandFailure("--issuer and --subject go together", ExitCode.USAGE);
        }
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject();
        body.name("issuer").value(issuer == null ? "local" : issuer);
        body.name("subject").value(subject == null ? name : subject);
        body.name("loginName").value(name);
        if (displayName != null) {
            body.name("displayName").value(displayName);
        }
        body.name("role").value(role);
        Reply added = api.call("POST", api.inDomain(USERS), body.endObject());
        options.printDone(added, "user " + added.text("id") + " is " + added.text("loginName"));
        return ExitCode.OK;
    }

    @Command(
            name = "disable",
            description = "Let a user do nothing any more: sessions end, and the keys of their nodes.",
            mixinStandardHelpOptions = true)
    int disable(@Mixin AdminOptions options, @Parameters(paramLabel = "USER", description = WHO) String user)
            throws CommandFailure {
        Reply changed = change(
                options.open(),
                user,
                new JsonWriter().beginObject().name("active").value(false));
        options.printDone(changed, changed.text("loginName") + " is disabled");
        return ExitCode.OK;
    }

    @Command(name = "enable", description = "Let a disabled user in again.", mixinStandardHelpOptions = true)
    int enable(@Mixin AdminOptions options, @Parameters(paramLabel = "USER", description = WHO) String user)
            throws CommandFailure {
        Reply changed = change(
                options.open(),
                user,
                new JsonWriter().beginObject().name("active").value(true));
        options.printDone(changed, changed.text("loginName") + " is active");
        return ExitCode.OK;
    }

    @Command(
            name = "factors",
            description = "List the second factors that people gave themselves here.",
            mixinStandardHelpOptions = true)
    int factors(@Mixin AdminOptions options) throws CommandFailure {
        options.print(
                options.open().get("/second-factors"),
                new Table(
                        Column.of("ID", "userId"),
                        Column.of("NAME", "loginName"),
                        new Column("APP", row -> row.flag("app") ? "yes" : "no"),
                        Column.of("RECOVERY CODES", "recoveryCodes"),
                        new Column("PASSKEYS", row -> row.objects("passkeys").stream()
                                .map(passkey -> passkey.text("id") + " " + passkey.text("name"))
                                .collect(Collectors.joining(", ")))));
        return ExitCode.OK;
    }

    @Command(
            name = "remove-passkey",
            description = "Take a passkey away, such as one that was lost.",
            mixinStandardHelpOptions = true)
    int removePasskey(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "PASSKEY", description = "Its id, as 'users factors' lists it.") long passkey)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply removed = api.call("DELETE", api.inDomain("/passkeys/" + passkey), "");
        options.printDone(removed, "passkey " + removed.text("id") + " " + removed.text("name") + " is gone");
        return ExitCode.OK;
    }

    @Command(
            name = "reset-factors",
            description = {
                "Take all second factors of a user away for whom a provider vouches, and end their sessions.",
                "Where one is demanded they give themselves another when they sign in next."
            },
            mixinStandardHelpOptions = true)
    int resetFactors(@Mixin AdminOptions options, @Parameters(paramLabel = "USER", description = WHO) String user)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply reset = api.call("DELETE", api.inDomain(path(api, user) + "/second-factors"), "");
        options.printDone(reset, reset.text("loginName") + " has no second factor");
        return ExitCode.OK;
    }

    @Command(name = "set-role", description = "Change what a user may do.", mixinStandardHelpOptions = true)
    int setRole(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "USER", description = WHO) String user,
            @Parameters(index = "1", paramLabel = "ROLE", description = "member, auditor, admin or owner.") String role)
            throws CommandFailure {
        Reply changed = change(
                options.open(),
                user,
                new JsonWriter().beginObject().name("role").value(role));
        options.printDone(changed, changed.text("loginName") + " is " + changed.text("role"));
        return ExitCode.OK;
    }

    @Command(
            name = "rename",
            description = "Give a user another name, by which policies name them and they sign in here.",
            mixinStandardHelpOptions = true,
            footer = {"", "Policies that have the old name have to be changed too: they mean nobody by it from then on."
            })
    int rename(
            @Mixin AdminOptions options,
            @Parameters(index = "0", paramLabel = "USER", description = WHO) String user,
            @Parameters(index = "1", paramLabel = "NAME", description = "New login name.") String name,
            @Option(
                            names = "--display-name",
                            paramLabel = "TEXT",
                            description = "Name for people (default: as before).")
                    @Nullable String displayName)
            throws CommandFailure {
        AdminApi api = options.open();
        JsonWriter body = new JsonWriter().beginObject().name("loginName").value(name);
        if (displayName != null) {
            body.name("displayName").value(displayName);
        }
        Reply renamed = api.call("PUT", api.inDomain(path(api, user) + "/name"), body.endObject());
        options.printDone(renamed, "user " + renamed.text("id") + " is " + renamed.text("loginName"));
        return ExitCode.OK;
    }

    @Command(
            name = "delete",
            description = "Forget a user who owns no nodes, with their sessions and keys.",
            mixinStandardHelpOptions = true)
    int delete(@Mixin AdminOptions options, @Parameters(paramLabel = "USER", description = WHO) String user)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply removed = api.call("DELETE", api.inDomain(path(api, user)), "");
        options.printDone(removed, removed.text("loginName") + " is forgotten");
        return ExitCode.OK;
    }

    @Command(
            name = "link",
            description = "Make a link by which somebody becomes a local administrator, once and within a day.",
            mixinStandardHelpOptions = true)
    int link(
            @Mixin AdminOptions options,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "admin",
                            description =
                                    "What they become: member, auditor, admin or owner (default: ${DEFAULT-VALUE}).")
                    String role)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply issued = api.call(
                "POST",
                api.inDomain("/invitations"),
                new JsonWriter().beginObject().name("role").value(role).endObject());
        if (options.json()) {
            options.out().println(issued.document());
            return ExitCode.OK;
        }
        options.err()
                .println("whoever opens " + SetupPage.PATH + " with this behind it at the coordinator's URL becomes "
                        + issued.text("role") + "; good until " + issued.text("expires") + ", shown only here:");
        if (!issued.text("voided").equals("0")) {
            options.err()
                    .println("a link for the role " + issued.text("role")
                            + " that was issued before and not used is good no longer");
        }
        options.out().println(issued.text("secret"));
        return ExitCode.OK;
    }

    private static Reply change(AdminApi api, String user, JsonWriter body) throws CommandFailure {
        return api.call("PATCH", api.inDomain(path(api, user)), body.endObject());
    }

    private static String path(AdminApi api, String user) throws CommandFailure {
        return USERS + "/" + api.find(USERS, "loginName", user, "user").text("id");
    }
}
