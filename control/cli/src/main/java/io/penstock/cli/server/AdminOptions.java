package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.server.http.LocalListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which coordinator a verb speaks to, and how it answers. */
final class AdminOptions {
    private static final String FROM_FILE = "file:";

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "State folder of the coordinator on this machine (default: that of 'penstock server up').")
    private @Nullable Path state;

    @Option(names = "--server", paramLabel = "URL", description = "A coordinator elsewhere, instead of the one here.")
    private @Nullable URI server;

    @Option(
            names = "--api-key",
            paramLabel = "file:PATH",
            description = "With --server: the file that holds an API key.")
    private @Nullable String apiKey;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "With --server: certificates (PEM) to trust instead of the system's.")
    private @Nullable Path trust;

    @Option(
            names = "--domain",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "Domain to work on (default: ${DEFAULT-VALUE}).")
    private String domain = "default";

    @Option(names = "--json", description = "Print the API's answer as it is, and nothing else.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    AdminOptions() {}

    /** The API of that coordinator, under the domain. */
    AdminApi open() throws CommandFailure {
        return new AdminApi(client(), domain);
    }

    private AdminClient client() throws CommandFailure {
        if (server == null) {
            if (apiKey != null || trust != null) {
                throw new CommandFailure("--api-key and --trust go with --server", ExitCode.USAGE);
            }
            return new LocalClient(StatePlace.of(state).resolve(LocalListener.SOCKET_FILE));
        }
        if (apiKey == null || !apiKey.startsWith(FROM_FILE)) {
            // Arguments are seen by everybody on the machine.
            throw new CommandFailure("--server takes --api-key file:PATH, a file that holds the key", ExitCode.USAGE);
        }
        Path file = Path.of(apiKey.substring(FROM_FILE.length()));
        try {
            return new RemoteClient(
                    server, Files.readString(file, StandardCharsets.US_ASCII).strip(), trust);
        } catch (IOException e) {
            throw new CommandFailure("--api-key " + file + ": " + e);
        }
    }

    /** Whether the coordinator is the one on this machine. */
    boolean isLocal() {
        return server == null;
    }

    boolean json() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** A listing as a table, or as it came. */
    void print(Reply listing, Table table) {
        if (json) {
            out().println(listing.document());
        } else {
            table.print(listing.items(), out());
        }
    }

    /** One object, a line for each column, or as it came. */
    void printOne(Reply object, Table table) {
        if (json) {
            out().println(object.document());
        } else {
            table.printOne(object, out());
        }
    }

    /** What was done, in a sentence, or as it came. */
    void printDone(Reply reply, String sentence) {
        out().println(json ? reply.document() : sentence);
    }

    /**
     * A secret that was issued, alone on standard output, or the answer as it came.
     *
     * @param said what is told of it on the other stream; null to be quiet
     */
    void printSecret(Reply issued, @Nullable String said) {
        if (json) {
            out().println(issued.document());
            return;
        }
        if (said != null) {
            err().println(said + "; the secret is shown only here:");
        }
        out().println(issued.text("secret"));
    }
}
