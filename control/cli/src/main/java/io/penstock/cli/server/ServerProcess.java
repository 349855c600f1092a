package io.penstock.cli.server;

import io.penstock.cli.Build;
import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.server.Coordinator;
import io.penstock.server.SystemEntropy;
import io.penstock.server.http.MetricsListener;
import io.penstock.server.map.MapSource;
import io.penstock.server.map.Maps;
import io.penstock.server.map.RelayMap;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.model.Token;
import io.penstock.server.policy.HujsonPolicies;
import io.penstock.server.relay.DerpMapWatch;
import io.penstock.server.relay.InsideRelay;
import io.penstock.server.relay.RelayDirectory;
import io.penstock.server.store.Store;
import io.penstock.server.store.StoreException;
import io.penstock.server.web.WebPages;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The life of {@code penstock server up}: the coordinator comes up, says where it is, and ends in order on a signal. */
final class ServerProcess {
    private final ServerPlan plan;
    private final PrintWriter out;
    private final CountDownLatch ended = new CountDownLatch(1);

    // Guarded by this: the thread of a signal closes what the main thread has opened.
    private @Nullable Coordinator coordinator;
    private @Nullable MetricsListener metrics;
    private @Nullable DerpMapWatch derpMap;

    private boolean closing;

    private ServerProcess(ServerPlan plan, PrintWriter out) {
        this.plan = plan;
        this.out = out;
    }

    /**
     * Runs until a signal.
     *
     * @throws CommandFailure if it cannot start; nothing runs then
     */
    static int run(UpRequest request, PrintWriter out) throws CommandFailure {
        ServerLog.start(System.getenv("LOG_LEVEL"));
        return new ServerProcess(ServerPlan.of(request), out).run();
    }

    private int run() throws CommandFailure {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("signal").unstarted(this::endBySignal));
        try {
            greet(start());
            ended.await();
            return ExitCode.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED;
        } finally {
            close();
        }
    }

    private Coordinator start() throws CommandFailure {
        UnpackedLibraries.prepare(plan.settings().stateFolder());
        HujsonPolicies policies = new HujsonPolicies();
        RelayMap relays = new RelayMap();
        RelayDirectory directory = new RelayDirectory(relays);
        try {
            DerpMapWatch watch = plan.relay().watch(directory::setOthers).orElse(null);
            synchronized (this) {
                derpMap = watch;
            }
            Coordinator started = Coordinator.start(
                    plan.settings(),
                    new Coordinator.Seams(
                            policies,
                            policies,
                            store -> followMaps(store, relays),
                            (administration, registry, store, login) -> new WebPages(
                                    administration,
                                    registry,
                                    login,
                                    plan.settings().publicUrl(),
                                    new SystemEntropy()),
                            (store, clock, entropy) -> openRelay(directory, store, clock, entropy)));
            tellPort(directory, started);
            MetricsListener told =
                    plan.metrics().isEmpty() ? null : openMetrics(plan.metrics().get(), started);
            synchronized (this) {
                coordinator = started;
                metrics = told;
                if (closing) {
                    closeAll(told, started);
                }
            }
            return started;
        } catch (StoreException | IOException | IllegalArgumentException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private static MapSource followMaps(Store store, RelayMap relays) {
        Maps maps = Maps.follow(store, InstantSource.system(), relays);
        relays.onChange(maps::tellRelays);
        return maps;
    }

    private Optional<InsideRelay> openRelay(RelayDirectory directory, Store store, InstantSource clock, Entropy entropy)
            throws IOException {
        Optional<InsideRelay> relay = plan.relay().open(store, clock, entropy);
        relay.ifPresent(inside -> directory.setOwn(inside.region()));
        return relay;
    }

    /** A relay behind the listener of a port that was not chosen before. */
    private static void tellPort(RelayDirectory directory, Coordinator started) {
        started.relay()
                .map(InsideRelay::region)
                .filter(region -> region.port() == 0)
                .ifPresent(region -> directory.setOwn(
                        region.withPort(started.listener().address().getPort())));
    }

    private static MetricsListener openMetrics(InetSocketAddress address, Coordinator started) throws IOException {
        List<MetricSource> sources = new ArrayList<>(started.metrics());
        Build build = Build.read();
        sources.add(out -> out.gauge(
                "penstock_build_info",
                "Always 1; which build it is.",
                1L,
                "version",
                build.version(),
                "commit",
                build.commit(),
                "java",
                Runtime.version().toString()));
        try {
            return MetricsListener.open(address, sources);
        } catch (IOException | IllegalArgumentException e) {
            started.close();
            throw e;
        }
    }

    private void greet(Coordinator started) {
        String url = plan.url(started.listener().address());
        out.println("penstock coordinator at " + url);
        out.println("  listens on  "
                + ListenAddress.host(started.listener().address().getAddress()) + ":"
                + started.listener().address().getPort());
        out.println("  state in    " + plan.settings().stateFolder());
        MetricsListener told = metrics;
        if (told != null) {
            out.println(
                    "  metrics at  http://" + ListenAddress.host(told.address().getAddress()) + ":"
                            + told.address().getPort() + "/metrics");
        }
        plan.fingerprint().ifPresent(fingerprint -> out.println("  certificate SHA-256 " + fingerprint));
        RelayGreeting.print(plan.relay(), started, out);
        started.firstLink().map(Token::reveal).ifPresent(link -> {
            out.println();
            out.println(
                    "There is no administrator yet. Whoever opens this link, once and within a day, becomes the first:");
            out.println("  " + SetupPage.url(url, link));
        });
        out.println();
        out.println("A machine joins by: tailscale up --login-server=" + url);
        out.flush();
    }

    /** Exit code 0 for an end that was asked for, and not the JVM's 128 and the number of the signal. */
    private void endBySignal() {
        boolean already;
        synchronized (this) {
            already = closing;
        }
        if (!already) {
            close();
            Runtime.getRuntime().halt(ExitCode.OK);
        }
    }

    private void close() {
        Coordinator opened;
        MetricsListener told;
        DerpMapWatch watch;
        synchronized (this) {
            opened = closing ? null : coordinator;
            told = closing ? null : metrics;
            watch = derpMap;
            closing = true;
        }
        if (watch != null) {
            watch.close();
        }
        closeAll(told, opened);
        ended.countDown();
    }

    private static void closeAll(@Nullable MetricsListener told, @Nullable Coordinator opened) {
        if (told != null) {
            told.close(); // first: its sources are closed after it
        }
        if (opened != null) {
            opened.close();
        }
    }
}
