package io.penstock.lab.demo;

import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.Topology.Site;
import io.penstock.lab.demo.mesh.Change;
import io.penstock.node.api.LocalApiException;
import io.penstock.node.api.LocalClient;
import io.penstock.node.api.Request;
import io.penstock.node.api.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator and a gateway at each of two sites, as an operator sets them up: by the program's own commands.
 *
 * <pre>
 *                       coordinator with relay and STUN
 *                                    |
 *   host A ---- gateway A ------ internet ------ gateway B ---- host B
 * </pre>
 *
 * Built and changed by one thread at a time; any thread may ask for a status.
 */
final class Mesh {
    static final int PORT = 443;
    static final String URL = "https://" + Topology.COORDINATOR_ADDRESS;

    private static final String TAG = "tag:gateway";
    private static final String NETWORK = "10.77.0.0/16";
    private static final Duration STATUS_LIMIT = Duration.ofSeconds(2);
    private static final int VERB_SECONDS = 40;
    private static final String UP_LIMIT = "30s";
    private static final Pattern FINGERPRINT = Pattern.compile("certificate SHA-256 (\\S+)");
    private static final String GREETING_END = "A machine joins by:";
    private static final String CUT_TABLE = "penstock-demo-cut";

    /** Gateways talk to gateways, hosts of the sites to hosts of the sites, and nobody has to approve the sites' networks. */
    private static final String POLICY = """
            {
              "tagOwners": {"%1$s": ["autogroup:admin"]},
              "grants": [
                {"src": ["%1$s"], "dst": ["%1$s"], "ip": ["*"]},
                {"src": ["%1$s", "%2$s"], "dst": ["%2$s"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"%2$s": ["%1$s"]}},
            }
            """.formatted(TAG, NETWORK);

    private final Topology topology;
    private final SiteNetworks networks;
    private final Journal journal;
    private final String launcher;
    private final Path folder;
    private final Consumer<String> talk;
    private final Service coordinator;
    private final Service a;
    private final Service b;

    /**
     * One of which nothing runs yet.
     *
     * @param launcher the program {@code penstock}
     * @param talk gets each command, for people
     */
    Mesh(Topology topology, SiteNetworks networks, Journal journal, String launcher, Consumer<String> talk)
            throws Exception {
        this.topology = topology;
        this.networks = networks;
        this.journal = journal;
        this.launcher = launcher;
        this.talk = talk;
        folder = journal.directory().resolve(journal.folder());
        journal.make(
                Journal.Kind.FOLDER,
                journal.folder(),
                () -> Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
        coordinator = service(
                "coordinator",
                topology.coordinatorNamespace(),
                List.of("server", "up", "--self-signed", "--listen", Topology.COORDINATOR_ADDRESS + ":" + PORT),
                "--state",
                folder.resolve("coordinator").toString());
        a = daemon(topology.a());
        b = daemon(topology.b());
    }

    private Service daemon(Site site) {
        return service(
                "gateway " + site.letter().toUpperCase(Locale.ROOT),
                site.gatewayNamespace(),
                List.of("daemon"),
                "--state",
                folder.resolve("gateway-" + site.letter()).toString(),
                "--socket",
                socket(site).toString());
    }

    private Service service(String name, String namespace, List<String> words, String... places) {
        List<String> command = new ArrayList<>(List.of(launcher));
        command.addAll(words);
        command.addAll(List.of(places));
        Path log = folder.resolve(name.replace(' ', '-').toLowerCase(Locale.ROOT) + ".log");
        return new Service(name, journal, networks.namespace(namespace), command, folder, log);
    }

    Service a() {
        return a;
    }

    Service b() {
        return b;
    }

    /** Starts everything, and returns when both gateways have joined. */
    void build() throws Exception {
        journal.record(Journal.Kind.INTERFACE, topology.a().interfaceName());
        journal.record(Journal.Kind.INTERFACE, topology.b().interfaceName());
        talk.accept(
                "coordinator  penstock server up --self-signed --listen " + Topology.COORDINATOR_ADDRESS + ":" + PORT);
        coordinator.start();
        talk.accept("gateways     penstock daemon");
        a.start();
        b.start();
        awaitCoordinator();
        String fingerprint = fingerprint();
        Path policy = Files.writeString(folder.resolve("policy.hujson"), POLICY);
        FutureTask<String> rules = inBackground(() -> server("policy", "set", policy.toString()));
        Path key = secret("key", server("keys", "create", "--reusable", "--tags", TAG, "--quiet"));
        get(rules);
        awaitDaemon(topology.a(), a);
        awaitDaemon(topology.b(), b);
        for (Site site : topology.sites()) {
            talk.accept("gateway " + site.letter().toUpperCase(Locale.ROOT) + "    penstock up --server " + URL
                    + " --auth-key file:key --lan " + site.lan() + "/24");
        }
        FutureTask<String> other = inBackground(() -> join(topology.b(), fingerprint, key));
        join(topology.a(), fingerprint, key);
        get(other);
    }

    /** Carries a change out; returns when it is done, not when the network has got over it. */
    void make(Change change) throws Exception {
        switch (change) {
            case JOIN -> {}
            case KILL_COORDINATOR -> coordinator.kill();
            case KILL_A -> a.kill();
            case KILL_B -> b.kill();
            case START_COORDINATOR -> {
                coordinator.start();
                awaitCoordinator();
            }
            case START_A -> restart(topology.a(), a);
            case START_B -> restart(topology.b(), b);
            case CUT_UDP -> nft("-f", cutRules());
            case RESTORE_UDP -> nft("delete", "table", "inet", CUT_TABLE);
        }
    }

    private void restart(Site site, Service daemon) throws Exception {
        daemon.start();
        awaitDaemon(site, daemon);
    }

    private void awaitCoordinator() throws Exception {
        coordinator.await(() -> coordinator.said().contains(GREETING_END));
    }

    private void awaitDaemon(Site site, Service daemon) throws Exception {
        daemon.await(() -> status(site) != null);
    }

    private String fingerprint() throws DemoException {
        Matcher matcher = FINGERPRINT.matcher(coordinator.said());
        if (!matcher.find()) {
            throw coordinator.failure("names no certificate");
        }
        return matcher.group(1);
    }

    /** What the daemon of a site says; null while it says nothing. */
    @Nullable Status status(Site site) {
        try (LocalClient client = LocalClient.connect(socket(site))) {
            return client.call(new Request.GetStatus(), Status.class, STATUS_LIMIT);
        } catch (LocalApiException e) {
            return null; // it is being started, or gone: that is what the demo shows
        }
    }

    private Path socket(Site site) {
        return folder.resolve("gateway-" + site.letter() + ".sock");
    }

    private String join(Site site, String fingerprint, Path key) throws Exception {
        return run(
                networks.namespace(site.gatewayNamespace()),
                List.of(
                        launcher,
                        "up",
                        "--server",
                        URL,
                        "--server-pin",
                        fingerprint,
                        "--auth-key",
                        "file:" + key,
                        "--lan",
                        site.lan() + "/24",
                        "--hostname",
                        "gateway-" + site.letter(),
                        "--interface-name",
                        site.interfaceName(),
                        "--timeout",
                        UP_LIMIT,
                        "--socket",
                        socket(site).toString(),
                        "--config",
                        folder.resolve("penstock-" + site.letter() + ".conf").toString()));
    }

    private String server(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher, "server"));
        command.addAll(List.of(words));
        command.addAll(List.of("--state", folder.resolve("coordinator").toString()));
        return run(networks.namespace(topology.coordinatorNamespace()), command);
    }

    private Path secret(String name, String text) throws IOException {
        Path file = Files.createFile(
                folder.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, text);
    }

    /** Datagrams only: what gateways say to the coordinator and its relay by TCP gets through. */
    private String cutRules() throws IOException {
        String a = SiteNetworks.uplink(topology.a());
        String b = SiteNetworks.uplink(topology.b());
        return Files.writeString(folder.resolve("cut.nft"), """
                table inet %1$s {
                    chain forward {
                        type filter hook forward priority filter; policy accept;
                        iifname "%2$s" oifname "%3$s" meta l4proto udp drop
                        iifname "%3$s" oifname "%2$s" meta l4proto udp drop
                    }
                }
                """.formatted(CUT_TABLE, a, b))
                .toString();
    }

    private void nft(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("nft"));
        command.addAll(List.of(words));
        run(networks.namespace(topology.internetNamespace()), command);
    }

    /**
     * Runs a command to its end: what it prints. It is in no journal, but is found by its namespace and the folder among its words if
     * the demo ends before.
     */
    private String run(NetworkNamespace namespace, List<String> command) throws Exception {
        AtomicReference<Process> started = new AtomicReference<>();
        journal.unlessSealed(() -> started.set(namespace.call(Service.builder(command, folder)::start)));
        Process process = Objects.requireNonNull(started.get());
        FutureTask<String> errors =
                inBackground(() -> text(process.getErrorStream().readAllBytes()));
        FutureTask<String> output =
                inBackground(() -> text(process.getInputStream().readAllBytes()));
        boolean isOver = process.waitFor(VERB_SECONDS, TimeUnit.SECONDS);
        if (!isOver) {
            process.destroyForcibly().waitFor();
        }
        if (!isOver || process.exitValue() != 0) {
            throw new DemoException(
                    Reason.FAILED,
                    "'" + String.join(" ", command) + "' "
                            + (isOver ? "ended with " + process.exitValue() : "takes more than " + VERB_SECONDS + " s")
                            + ": " + (get(errors) + get(output)).strip());
        }
        return get(output);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private interface Task {
        String run() throws Exception;
    }

    private static FutureTask<String> inBackground(Task task) {
        FutureTask<String> future = new FutureTask<>(task::run);
        Thread.ofPlatform().daemon().name("demo-builder").start(future);
        return future;
    }

    private static String get(FutureTask<String> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
