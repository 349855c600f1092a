package io.penstock.cli;

import io.penstock.lab.JsonWriter;
import io.penstock.lab.Quantity;
import io.penstock.lab.speed.GapClient;
import io.penstock.lab.speed.GapReport;
import io.penstock.lab.speed.ServerLimits;
import io.penstock.lab.speed.SpeedClient;
import io.penstock.lab.speed.SpeedReport;
import io.penstock.lab.speed.SpeedServer;
import io.penstock.lab.speed.TestPlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock speed}: traffic between two ends, measured. */
@Command(
        name = "speed",
        description = "Measure throughput, round trips and loss between two ends.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        subcommands = AeadSpeedCommand.class,
        footer = {
            "",
            "Start 'penstock speed --server' on one end and 'penstock speed HOST' on the other. Both use one TCP port and the UDP"
                    + " port of the same number. The figures are the receiver's. Before the streams start, one second of"
                    + " round trips is measured on the idle path.",
            "",
            "Anyone who reaches a server's port may run tests with it: keep it inside the tunnel, or use --one-off."
        })
public final class SpeedCommand implements Subcommand {
    private static final int SCHEMA = 1;
    private static final long DEFAULT_DURATION_NS = 10_000_000_000L;
    private static final long DEFAULT_INTERVAL_NS = 1_000_000_000L;
    private static final long MIN_INTERVAL_NS = 100_000_000L;

    @Parameters(arity = "0..1", paramLabel = "HOST", description = "Name or address of a server.")
    private @Nullable String host;

    @Option(names = "--server", description = "Answer tests instead of running one, until stopped.")
    private boolean isServer;

    @Option(names = "--listen", paramLabel = "ADDR", description = "Server: address to listen on (default: all).")
    private @Nullable String listen;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "" + SpeedServer.DEFAULT_PORT,
            description = "TCP and UDP port of the server (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--one-off", description = "Server: end after one complete test.")
    private boolean oneOff;

    @Option(names = "--for", paramLabel = "TIME", description = "How long to send, for example 10s (the default).")
    private @Nullable String duration;

    @Option(names = "--streams", paramLabel = "N", description = "Streams at the same time, 1 to 64 (default: 1).")
    private @Nullable Integer streams;

    @Option(names = "--reverse", description = "The server sends.")
    private boolean reverse;

    @Option(names = "--udp", description = "Datagrams instead of TCP.")
    private boolean udp;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            description = "Bytes per write (TCP, default 128K) or per datagram (UDP, default 1372: fits a tunnel).")
    private @Nullable String size;

    @Option(
            names = "--rate",
            paramLabel = "BITS",
            description = "At most this many bits per second over all streams, for example 500M; 0 for no bound"
                    + " (default: no bound for TCP, 100M for UDP).")
    private @Nullable String rate;

    @Option(
            names = "--gap",
            paramLabel = "TIME",
            arity = "0..1",
            fallbackValue = "50ms",
            description =
                    "Measure no throughput, but how long nothing comes back while something in between fails or is"
                            + " restarted: a probe every 2 ms, and each silence of at least this time is told (default: 50ms)."
                            + " Status 7 if there was one.")
    private @Nullable String gap;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            arity = "0..1",
            fallbackValue = "1s",
            description = "Report progress this often, 0 for never (default: every second on a terminal)."
                    + " With --json it adds an array to the document.")
    private @Nullable String interval;

    @Option(names = "--json", description = "Print one JSON document and nothing else.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public SpeedCommand() {}

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        checkPort();
        try {
            return isServer ? serve() : measure();
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private int serve() throws IOException {
        if (host != null) {
            throw usage("HOST and --server exclude each other; an address to listen on is --listen ADDR");
        }
        if (duration != null
                || streams != null
                || reverse
                || udp
                || size != null
                || rate != null
                || interval != null
                || gap != null
                || json) {
            throw usage("with --server go only --listen, --port and --one-off: the client says what a test does");
        }
        InetSocketAddress address =
                listen == null ? new InetSocketAddress(port) : new InetSocketAddress(resolve(listen), port);
        PrintWriter err = spec.commandLine().getErr();
        try (SpeedServer server = SpeedServer.open(address, ServerLimits.DEFAULT, line -> {
            err.println(line);
            err.flush();
        })) {
            err.println("listening on TCP and UDP port " + server.address().getPort()
                    + (listen == null ? "" : " of " + listen));
            err.flush();
            server.serve(oneOff);
        }
        return ExitCode.OK;
    }

    private int measure() throws IOException, InterruptedException {
        if (host == null) {
            throw usage("name a HOST to measure with, or --server");
        }
        if (listen != null || oneOff) {
            throw usage("--listen and --one-off go with --server");
        }
        InetSocketAddress server = new InetSocketAddress(resolve(host), port);
        PrintWriter out = spec.commandLine().getOut();
        if (gap != null) {
            return watch(server, gap, out);
        }
        TestPlan plan = plan();
        long intervalNs = intervalNs();
        if (!json) {
            out.println("penstock speed " + host + " port " + port + ": " + describe(plan));
            out.flush();
        }
        SpeedReport report = new SpeedClient(
                        server,
                        plan,
                        new SpeedClient.Settings(
                                SpeedClient.Settings.QUIET.idleNs(), intervalNs, step -> progress(step, out)))
                .run();
        out.print(json ? document(report::writeMembers) : report.text());
        out.flush();
        return ExitCode.OK;
    }

    private int watch(InetSocketAddress server, String silence, PrintWriter out)
            throws IOException, InterruptedException {
        if (streams != null || reverse || udp || size != null || rate != null || interval != null) {
            throw usage("with --gap go only --for, --port and --json: it sends small probes and nothing else");
        }
        long durationNs = duration == null ? DEFAULT_DURATION_NS : parse(duration, Quantity::parseDurationNs);
        GapClient client;
        try {
            client = new GapClient(
                    server,
                    new GapClient.Settings(
                            durationNs,
                            GapClient.Settings.DEFAULT_EVERY_NS,
                            Quantity.parseDurationNs(silence),
                            each -> tell(each, out)));
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
        if (!json) {
            out.println("penstock speed " + host + " port " + port + ": gaps, "
                    + String.format(Locale.ROOT, "%.1f s", durationNs / 1e9));
            out.flush();
        }
        GapReport report = client.run();
        out.print(json ? document(report::writeMembers) : report.text());
        out.flush();
        return report.longestNs() == 0 ? ExitCode.OK : ExitCode.NOT_MET;
    }

    private void tell(GapReport.Gap ended, PrintWriter out) {
        if (!json) {
            out.println(ended.text());
            out.flush();
        }
    }

    private TestPlan plan() {
        try {
            long durationNs = duration == null ? DEFAULT_DURATION_NS : Quantity.parseDurationNs(duration);
            int count = streams == null ? 1 : streams;
            long bytes = udp ? TestPlan.DEFAULT_UDP_BYTES : TestPlan.DEFAULT_TCP_BYTES;
            if (size != null) {
                bytes = Quantity.parseBytes(size);
            }
            long bits = udp ? TestPlan.DEFAULT_UDP_RATE_BITS : 0;
            if (rate != null) {
                bits = Quantity.parseBits(rate);
            }
            return new TestPlan(udp, reverse, count, (int) Math.min(bytes, Integer.MAX_VALUE), bits, durationNs);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private long intervalNs() {
        if (interval == null) {
            return !json && Terminal.isStandardOutput() ? DEFAULT_INTERVAL_NS : 0;
        }
        long ns = parse(interval, Quantity::parseDurationNs);
        if (ns != 0 && ns < MIN_INTERVAL_NS) {
            throw usage("an interval is 0 or at least 100ms");
        }
        return ns;
    }

    private void progress(SpeedReport.Interval step, PrintWriter out) {
        if (!json) {
            out.printf(
                    Locale.ROOT, "  %6.1f s    %s%n", step.toNs() / 1e9, Quantity.bitsPerSecond(step.bitsPerSecond()));
            out.flush();
        }
    }

    private String document(Consumer<JsonWriter> members) {
        JsonWriter writer = new JsonWriter().beginObject();
        writer.name("schema").value(SCHEMA);
        writer.name("version").value(Build.read().version());
        writer.name("host").value(String.valueOf(host));
        writer.name("port").value(port);
        members.accept(writer);
        return writer.endObject().document();
    }

    private void checkPort() {
        if (port < 1 || port > 65_535) {
            throw usage("a port is 1 to 65535, not " + port);
        }
    }

    private long parse(String text, ToLongFunction<String> parser) {
        try {
            return parser.applyAsLong(text);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static InetAddress resolve(String name) throws IOException {
        try {
            return InetAddress.getByName(name);
        } catch (UnknownHostException e) {
            throw new IOException("the name '" + name + "' has no address", e);
        }
    }

    private static String describe(TestPlan plan) {
        return (plan.udp() ? "UDP" : "TCP")
                + (plan.reverse() ? " from the server, " : ", ")
                + plan.streams()
                + (plan.streams() == 1 ? " stream, " : " streams, ")
                + (plan.rateBits() == 0 ? "" : "at most " + Quantity.bitsPerSecond((double) plan.rateBits()) + ", ")
                + plan.sizeBytes()
                + (plan.udp() ? " bytes a datagram, " : " bytes a write, ")
                + String.format(Locale.ROOT, "%.1f s", (double) plan.durationNs() / 1e9);
    }
}
