package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.Table.Column;
import io.penstock.lab.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code penstock server providers}: who vouches for people. */
@Command(
        name = "providers",
        description = "Identity providers, by which people sign in.",
        mixinStandardHelpOptions = true)
final class ProvidersCommand extends Group {
    private static final String PROVIDERS = "/providers";
    private static final String FROM_FILE = "file:";
    private static final int MAX_METADATA_BYTES = 256 * 1024;
    private static final Table ALL = new Table(
            Column.of("NAME", "name"),
            Column.of("LABEL", "label"),
            Column.of("KIND", "kind"),
            Column.of("ISSUER", "issuer"),
            Column.of("CLIENT", "clientId"),
            Column.of("DOMAIN", "domain"),
            Column.of("ADMITS", "admits"),
            Column.ofList("MAIL", "mailDomains"),
            Column.ofList("GROUPS", "groups"));
    private static final Table ONE = new Table(
            Column.of("name", "name"),
            Column.of("label", "label"),
            Column.of("kind", "kind"),
            Column.of("issuer", "issuer"),
            Column.of("client id", "clientId"),
            Column.of("domain", "domain"),
            Column.of("admits", "admits"),
            Column.ofList("mail domains", "mailDomains"),
            Column.of("groups claim", "groupsClaim"),
            Column.ofList("groups", "groups"),
            Column.ofList("scopes", "scopes"),
            Column.ofList("algorithms", "algorithms"),
            Column.of("private addresses", "localAddresses"),
            Column.of("asked again every (s)", "refreshSeconds"),
            Column.of("off-boarding ends", "offBoarding"),
            Column.ofList("second factor for", "secondFactor"),
            Column.ofList("acr", "acr"),
            Column.ofList("amr", "amr"),
            Column.of("authorization URL", "authorizationUrl"),
            Column.of("token URL", "tokenUrl"),
            Column.of("user info URL", "userInfoUrl"),
            Column.of("subject field", "subjectField"),
            Column.of("mail field", "mailField"),
            Column.of("metadata URL", "metadataUrl"),
            Column.of("sign-on URL", "signOnUrl"),
            Column.of("signed requests", "signRequests"),
            Column.of("name id", "nameIdFormat"),
            Column.of("our metadata's path", "metadataPath"),
            Column.of("callback path", "callbackPath"),
            Column.of("logout path", "logoutPath"),
            Column.of("created", "created"));

    @Command(name = "list", description = "List providers.", mixinStandardHelpOptions = true)
    int list(@Mixin AdminOptions options) throws CommandFailure {
        options.print(options.open().call("GET", PROVIDERS, ""), ALL);
        return ExitCode.OK;
    }

    @Command(
            name = "show",
            description = "Show a provider. Its secret is never shown.",
            mixinStandardHelpOptions = true)
    int show(@Mixin AdminOptions options, @Parameters(paramLabel = "NAME", description = "Its name.") String name)
            throws CommandFailure {
        options.printOne(options.open().call("GET", path(name), ""), ONE);
        return ExitCode.OK;
    }

    /** What is said of a new provider. */
    static final class NewProvider {
        @Option(
                names = "--kind",
                paramLabel = "KIND",
                description = "oidc, oauth2 or saml (default: oidc; saml with --metadata; oauth2 with --token-url).")
        private @Nullable String kind;

        @Option(
                names = "--issuer",
                paramLabel = "URL",
                description =
                        "What the provider calls itself, character by character; of a provider of SAML its entity id, which need not"
                                + " be said if --metadata is a file.")
        private @Nullable String issuer;

        @Option(
                names = "--client-id",
                paramLabel = "ID",
                description =
                        "As what this coordinator is registered there (default for SAML: the address of our own metadata).")
        private @Nullable String clientId;

        @Option(
                names = "--metadata",
                paramLabel = "URL|FILE",
                description =
                        "A provider of SAML 2.0: its metadata, read at a URL again each hour, or once from a file.")
        private @Nullable String metadata;

        @Option(
                names = "--sign-requests",
                description = "Of such a provider: sign what it is asked, by a key that is made for it.")
        private boolean signRequests;

        @Option(
                names = "--name-id",
                paramLabel = "FORMAT",
                description =
                        "Of such a provider: the name by which somebody is known: persistent, email or unspecified (default:"
                                + " persistent). With --subject-field it is an attribute instead.")
        private @Nullable String nameId;

        @Option(
                names = "--client-secret",
                paramLabel = "file:PATH",
                description = "The file that holds the client's secret; without it the client is a public one.")
        private @Nullable String clientSecret;

        @Option(names = "--label", paramLabel = "TEXT", description = "What its button says (default: NAME).")
        private @Nullable String label;

        @Option(
                names = "--admit",
                paramLabel = "WHO",
                defaultValue = "users",
                description =
                        "users: whom an administrator has added; everybody: whoever passes the filters becomes a member"
                                + " (default: ${DEFAULT-VALUE}).")
        private String admit = "users";

        @Option(
                names = "--mail-domain",
                split = ",",
                paramLabel = "DOMAIN",
                description = "Filter: only with a verified address of mail in one of these domains.")
        private List<String> mailDomains = List.of();

        @Option(
                names = "--groups-claim",
                paramLabel = "CLAIM",
                description = "Where the provider names groups. Policies have them as group:NAME.")
        private @Nullable String groupsClaim;

        @Option(
                names = "--group",
                split = ",",
                paramLabel = "GROUP",
                description = "Filter: only who is in one of these groups.")
        private List<String> groups = List.of();

        @Option(
                names = "--scope",
                split = ",",
                paramLabel = "SCOPE",
                description = "What is asked for, openid first (default: openid,profile,email,offline_access; the"
                        + " last one only if the provider offers it).")
        private List<String> scopes = List.of();

        @Option(
                names = "--algorithm",
                split = ",",
                paramLabel = "ALG",
                description = "By which it may sign (default: RS256; for SAML RS256 to RS512 and ES256 to ES512).")
        private List<String> algorithms = List.of();

        @Option(
                names = "--allow-private-address",
                description = "It is at a private address or on the loopback, and perhaps without TLS.")
        private boolean localAddresses;

        @Option(
                names = "--refresh",
                paramLabel = "TIME",
                converter = Lifetime.class,
                description =
                        "How often it is asked whether it still vouches for somebody, such as 5m (default: 5m). A provider of SAML"
                                + " cannot be asked: for how long its word is good (default: 30d).")
        private @Nullable Duration refresh;

        @Option(
                names = "--off-board",
                paramLabel = "WHAT",
                description = "What ends when it does not: nodes, which is everything, or sessions (default: nodes).")
        private @Nullable String offBoard;

        @Option(
                names = "--second-factor",
                split = ",",
                paramLabel = "USE",
                description =
                        "For what more than a password is demanded: administrators (whoever is more than a member), new-devices,"
                                + " always. Of the provider with --acr, --amr or both; without them the coordinator asks itself,"
                                + " for a code of an app or a passkey.")
        private List<String> secondFactor = List.of();

        @Option(
                names = "--acr",
                split = ",",
                paramLabel = "VALUE",
                description = "The provider's name for a sign-in with a second factor: asked for, and checked.")
        private List<String> acr = List.of();

        @Option(
                names = "--amr",
                split = ",",
                paramLabel = "VALUE",
                description =
                        "The provider's names for second factors, such as otp,hwk,mfa: one has to have been used.")
        private List<String> amr = List.of();

        @Option(
                names = "--authorization-url",
                paramLabel = "URL",
                description = "A provider of OAuth 2 that knows no OpenID Connect: where browsers are sent.")
        private @Nullable String authorizationUrl;

        @Option(
                names = "--token-url",
                paramLabel = "URL",
                description = "Of such a provider: where codes are exchanged.")
        private @Nullable String tokenUrl;

        @Option(
                names = "--user-info-url",
                paramLabel = "URL",
                description = "Of such a provider: what tells who somebody is, a JSON object.")
        private @Nullable String userInfoUrl;

        @Option(
                names = "--subject-field",
                paramLabel = "FIELD",
                description =
                        "Which field of the user info, or attribute of SAML, says that for good, such as id; never an address or a"
                                + " name.")
        private @Nullable String subjectField;

        @Option(
                names = "--name-field",
                paramLabel = "FIELD",
                description = "Which has a name for people (default: name; none for SAML).")
        private @Nullable String nameField;

        @Option(
                names = "--mail-field",
                paramLabel = "FIELD",
                description = "Which has an address of mail (default: email; none for SAML).")
        private @Nullable String mailField;

        @Option(
                names = "--mail-verified-field",
                paramLabel = "FIELD",
                description =
                        "Which is true if that is theirs (default: email_verified, none for SAML); '' if the provider has no"
                                + " others.")
        private @Nullable String mailVerifiedField;

        private String json(String name, String domain) throws CommandFailure {
            boolean isSaml = metadata != null || "saml".equals(kind);
            if (!isSaml && (issuer == null || clientId == null)) {
                throw new CommandFailure(
                        "a provider needs --issuer and --client-id; one of SAML needs --metadata", ExitCode.USAGE);
            }
            JsonWriter body = new JsonWriter().beginObject();
            body.name("name").value(name);
            text(body, "kind", kind);
            text(body, "issuer", issuer);
            text(body, "clientId", clientId);
            if (metadata != null) {
                boolean isUrl = metadata.startsWith("https://") || metadata.startsWith("http://");
                body.name(isUrl ? "metadataUrl" : "metadata").value(isUrl ? metadata : document(metadata));
            }
            if (signRequests) {
                body.name("signRequests").value(true);
            }
            text(body, "nameIdFormat", nameId);
            body.name("domain").value(domain);
            body.name("admits").value(admit);
            text(body, "clientSecret", clientSecret == null ? null : secret(clientSecret));
            text(body, "label", label);
            text(body, "groupsClaim", groupsClaim);
            texts(body, "mailDomains", mailDomains);
            texts(body, "groups", groups);
            texts(body, "scopes", scopes);
            texts(body, "algorithms", algorithms);
            body.name("localAddresses").value(localAddresses);
            if (refresh != null) {
                body.name("refreshSeconds").value(refresh.toSeconds());
            }
            text(body, "offBoarding", offBoard);
            texts(body, "secondFactor", secondFactor);
            text(body, "authorizationUrl", authorizationUrl);
            text(body, "tokenUrl", tokenUrl);
            text(body, "userInfoUrl", userInfoUrl);
            text(body, "subjectField", subjectField);
            text(body, "nameField", nameField);
            text(body, "mailField", mailField);
            text(body, "mailVerifiedField", mailVerifiedField);
            texts(body, "acr", acr);
            texts(body, "amr", amr);
            return body.endObject().document();
        }

        private static String document(String file) throws CommandFailure {
            try (InputStream in = Files.newInputStream(Path.of(file))) {
                byte[] bytes = in.readNBytes(MAX_METADATA_BYTES + 1);
                if (bytes.length > MAX_METADATA_BYTES) {
                    throw new CommandFailure("--metadata " + file + " has more than " + MAX_METADATA_BYTES
                            + " bytes: take the part that is about this provider");
                }
                return new String(bytes, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new CommandFailure("--metadata " + file + ": " + e);
            }
        }

        private static String secret(String argument) throws CommandFailure {
            if (!argument.startsWith(FROM_FILE)) {
                // Arguments are seen by everybody on the machine.
                throw new CommandFailure(
                        "--client-secret takes file:PATH, a file that holds the secret", ExitCode.USAGE);
            }
            Path file = Path.of(argument.substring(FROM_FILE.length()));
            try {
                String secret = Files.readString(file, StandardCharsets.UTF_8).strip();
                if (secret.isEmpty()) {
                    throw new CommandFailure("--client-secret " + file + " is empty");
                }
                return secret;
            } catch (IOException e) {
                throw new CommandFailure("--client-secret " + file + ": " + e);
            }
        }

        private static void text(JsonWriter body, String name, @Nullable String value) {
            if (value != null) {
                body.name(name).value(value);
            }
        }

        private static void texts(JsonWriter body, String name, List<String> values) {
            if (!values.isEmpty()) {
                body.name(name).beginArray();
                values.forEach(body::value);
                body.endArray();
            }
        }
    }

    @Command(
            name = "add",
            description =
                    "Add a provider of OpenID Connect, of OAuth 2 alone or of SAML 2.0, whose users are in the domain of --domain.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "  penstock server providers add corp --issuer https://login.example.org/realms/corp \\",
                "    --client-id penstock --client-secret file:secret --admit everybody --mail-domain example.org",
                "",
                "  penstock server providers add adfs --kind saml --metadata metadata.xml --admit everybody",
                "",
                "Register there as where browsers come back to: the coordinator's URL with /login/from/NAME behind it; and, for the"
                        + " provider to tell when sessions end (back-channel logout), with /login/out/NAME. A provider of SAML reads both, and our entity id, at /login/metadata/NAME."
            })
    int add(
            @Mixin AdminOptions options,
            @Parameters(paramLabel = "NAME", description = "Lower-case letters, digits and hyphens.") String name,
            @Mixin NewProvider provider)
            throws CommandFailure {
        AdminApi api = options.open();
        Reply added = api.call("POST", PROVIDERS, provider.json(name, api.domain()));
        options.printDone(
                added,
                "provider " + added.text("name") + " is added; browsers come back to " + added.text("callbackPath")
                        + (added.text("kind").equals("saml")
                                ? ", and the provider reads our metadata at " + added.text("metadataPath")
                                : ""));
        return ExitCode.OK;
    }

    @Command(
            name = "remove",
            description = "Forget a provider and end the sessions that began by it. Its users stay, without a way in.",
            mixinStandardHelpOptions = true)
    int remove(@Mixin AdminOptions options, @Parameters(paramLabel = "NAME", description = "Its name.") String name)
            throws CommandFailure {
        Reply removed = options.open().call("DELETE", path(name), "");
        options.printDone(removed, "provider " + removed.text("name") + " is removed");
        return ExitCode.OK;
    }

    @Command(
            name = "test",
            description = "Ask a provider for its description and its keys.",
            mixinStandardHelpOptions = true)
    int test(@Mixin AdminOptions options, @Parameters(paramLabel = "NAME", description = "Its name.") String name)
            throws CommandFailure {
        Reply tested = options.open().call("POST", path(name) + "/test", "");
        options.printDone(tested, "provider " + tested.text("name") + " answers, and has keys");
        return ExitCode.OK;
    }

    private static String path(String name) {
        return PROVIDERS + "/" + AdminApi.encode(name);
    }
}
