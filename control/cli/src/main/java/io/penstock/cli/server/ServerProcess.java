package io.penstock.cli.server;

import io.penstock.cli.Build;
import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.protocol.message.DerpMap;
import io.penstock.server.Coordinator;
import io.penstock.server.http.MetricsListener;
import io.penstock.server.http.Pages;
import io.penstock.server.map.Maps;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.model.Token;
import io.penstock.server.policy.HujsonPolicies;
import io.penstock.server.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The life of {@code penstock server up}: the coordinator comes up, says where it is, and ends in order on a signal. */
final class ServerProcess {
    private static final DerpMap NO_RELAYS = new DerpMap(null, Map.of(), true);

    private final ServerPlan plan;
    private final PrintWriter out;
    private final CountDownLatch ended = new CountDownLatch(1);

    // Guarded by this: the thread of a signal closes what the main thread has opened.
    private @Nullable Coordinator coordinator;
    private @Nullable MetricsListener metrics;

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
        try {
            Coordinator started = Coordinator.start(
                    plan.settings(),
                    new Coordinator.Seams(
                            policies,
                            policies,
                            store -> Maps.follow(store, InstantSource.system(), () -> NO_RELAYS),
                            (administration, registry, store) -> Pages.NONE,
                            List.of()));
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
        started.firstLink().map(Token::reveal).ifPresent(link -> {
            out.println();
            out.println(
                    "There is no administrator yet. Whoever opens this link, once and within a day, becomes the first:");
            out.println("  " + SetupPage.url(url, link));
            out.println(
                    "Its page is not in this version: POST /api/v1/administrators takes what is behind the hash sign.");
        });
        out.println();
        out.println("A machine joins by: tailscale up --login-server=" + url);
        out.println();
        out.println(
                "NOT READY FOR USE: this version registers machines and administers them, but has no maps to send. A machine");
        out.println("that joins waits for its first one. The pages for browsers and the relay inside are missing too.");
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
        synchronized (this) {
            opened = closing ? null : coordinator;
            told = closing ? null : metrics;
            closing = true;
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
