package io.penstock.cli.relay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.VersionCommand;
import io.penstock.cli.server.StatePlace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock relay status}: how the relay that runs on this machine is. */
@Command(
        name = "status",
        description = "Show who is at the relay of this machine, what it carries, and what it refused.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        footer = {
            "",
            "Status 0: it runs; 1: it does not, or it is another user's. What each reason means is in docs/relay.md.",
        })
public final class RelayStatusCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "State folder of the relay (default: /var/lib/penstock-relay for root, else"
                    + " ~/.local/state/penstock-relay).")
    private @Nullable Path state;

    @Option(names = "--json", description = "As one JSON document.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public RelayStatusCommand() {}

    @Override
    public Integer call() throws CommandFailure {
        Path folder = StatePlace.of(state, "penstock-relay");
        String document = ask(folder);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(document.strip());
        } else {
            try {
                print(JSON.readTree(document), out);
            } catch (JsonProcessingException e) {
                throw new CommandFailure("the relay on " + folder + " gave no status: " + e.getOriginalMessage());
            }
        }
        return ExitCode.OK;
    }

    private static String ask(Path folder) throws CommandFailure {
        ByteArrayOutputStream document = new ByteArrayOutputStream();
        try (SocketChannel relay = SocketChannel.open(UnixDomainSocketAddress.of(RelayStatus.socket(folder)))) {
            ByteBuffer part = ByteBuffer.allocate(RelayStatus.MAX_BYTES);
            for (int read = 0; read >= 0 && part.hasRemaining(); read = relay.read(part)) {
                // It tells everything and closes.
            }
            document.write(part.array(), 0, part.position());
        } catch (IOException e) {
            throw new CommandFailure("no relay runs on " + folder + " (" + e.getMessage()
                    + "): start it by 'penstock relay', or name its folder by --state");
        }
        return document.toString(StandardCharsets.UTF_8);
    }

    private static void print(JsonNode status, PrintWriter out) {
        List<String> stun = new ArrayList<>();
        status.path("stun").forEach(each -> stun.add(each.asText()));
        out.printf(
                "penstock relay %s at %s%s, up %s%n",
                status.path("version").asText(),
                status.path("listen").asText(),
                stun.isEmpty() ? ", no STUN" : ", STUN at " + String.join(", ", stun),
                text(Duration.ofSeconds(status.path("uptimeSeconds").asLong())));
        out.printf(
                "  clients     %d of %d connections, %d at home, %d other relays%n",
                status.path("clients").asLong(),
                status.path("connections").asLong(),
                status.path("homes").asLong(),
                status.path("meshLinks").asLong());
        out.printf(
                "  so far      %d connections, %d clients let in%n",
                status.path("accepted").asLong(), status.path("admitted").asLong());
        out.printf(
                "  packets     %d in (%d MB), %d out (%d MB), %d of them to other relays%n",
                status.path("packetsReceived").asLong(),
                status.path("bytesReceived").asLong() / 1_000_000,
                status.path("packetsSent").asLong(),
                status.path("bytesSent").asLong() / 1_000_000,
                status.path("packetsForwarded").asLong());
        out.printf(
                "  STUN        %d answers to %d datagrams%n",
                status.path("stunAnswers").asLong(), status.path("stunRequests").asLong());
        if (status.has("certificate")) {
            printCertificate(status.path("certificate"), out);
        }
        printReasons("closed", status.path("closed"), out);
        printReasons("dropped", status.path("dropped"), out);
    }

    private static void printCertificate(JsonNode certificate, PrintWriter out) {
        out.printf(
                "  certificate %s for %s, the next is asked for on %s%n",
                certificate.has("expires")
                        ? "until " + certificate.path("expires").asText()
                        : "none yet",
                certificate.path("name").asText(),
                certificate.path("nextAttempt").asText());
        if (certificate.has("problem")) {
            String problem = certificate.path("problem").asText(); // with an authority's words in it
            out.printf("  problem     %s%n", problem.replaceAll("\\p{Cntrl}", "?"));
        }
    }

    private static void printReasons(String what, JsonNode counts, PrintWriter out) {
        List<String> reasons = new ArrayList<>();
        counts.properties()
                .forEach(each ->
                        reasons.add(each.getKey() + " " + each.getValue().asLong()));
        out.printf("  %-11s %s%n", what, reasons.isEmpty() ? "nothing" : String.join(", ", reasons));
    }

    private static String text(Duration up) {
        return up.toHours() > 0
                ? up.toHours() + " h " + up.toMinutesPart() + " min"
                : up.toMinutesPart() + " min " + up.toSecondsPart() + " s";
    }
}
