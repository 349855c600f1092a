package io.penstock.cli.relay;

import io.penstock.cli.Build;
import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.server.ServerLog;
import io.penstock.relay.RelayServer;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.VerifyUrl;
import io.penstock.server.SystemEntropy;
import io.penstock.server.http.MetricsListener;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.metrics.ProcessMetrics;
import io.penstock.server.relay.RelayMetrics;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** The life of {@code penstock relay}: it comes up, says where it is, and ends in order on a signal. */
final class RelayProcess {
    private final RelayPlan plan;
    private final PrintWriter out;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** What runs, the last opened first; guarded by this, since a signal's thread closes what the main thread has opened. */
    private final Deque<Runnable> closers = new ArrayDeque<>();

    private boolean closing;

    private RelayProcess(RelayPlan plan, PrintWriter out) {
        this.plan = plan;
        this.out = out;
    }

    /**
     * Runs until a signal.
     *
     * @throws CommandFailure if it cannot start; nothing runs then
     */
    static int run(RelayRequest request, PrintWriter out) throws CommandFailure {
        ServerLog.start(System.getenv("LOG_LEVEL"));
        return new RelayProcess(RelayPlan.of(request), out).run();
    }

    private int run() throws CommandFailure {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("signal").unstarted(this::endBySignal));
        try {
            start();
            ended.await();
            return ExitCode.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED;
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        } finally {
            close();
        }
    }

    private void start() throws IOException {
        TlsIdentity tls = plan.tls(Instant.now());
        Optional<VerifyUrl> verifier = plan.verifier();
        verifier.ifPresent(asked -> closeAtTheEnd(asked::close));
        Entropy entropy = new SystemEntropy();
        RelaySettings settings = plan.settings(tls, verifier, entropy);
        RelayServer relay = RelayServer.start(settings, InstantSource.system(), entropy);
        closeAtTheEnd(relay::close);
        RelayStatus status = RelayStatus.open(plan.statusSocket(), relay);
        closeAtTheEnd(status::close);
        RelayGreeting greeting = new RelayGreeting(plan, settings.identity().publicKey(), tls, relay);
        if (plan.metrics().isPresent()) {
            MetricsListener told = MetricsListener.open(plan.metrics().get(), sources(relay));
            closeAtTheEnd(told::close);
            greeting.setMetrics(told.address());
        }
        out.print(plan.isJson() ? greeting.json() : greeting.text());
        out.flush();
    }

    private static List<MetricSource> sources(RelayServer relay) {
        Build build = Build.read();
        return List.of(
                metrics -> RelayMetrics.write(relay.counters().snapshot(), metrics),
                metrics -> RelayMetrics.write(relay.stunCounters(), metrics),
                metrics -> writeCertificate(relay, metrics),
                metrics -> metrics.gauge(
                        "penstock_build_info",
                        "Always 1; which build it is.",
                        1L,
                        "version",
                        build.version(),
                        "commit",
                        build.commit(),
                        "java",
                        Runtime.version().toString()),
                new ProcessMetrics());
    }

    /** For an alarm well before clients notice that an authority gives no certificates any more. */
    private static void writeCertificate(RelayServer relay, MetricsText metrics) {
        relay.certificate().ifPresent(certificate -> {
            metrics.gauge(
                    "penstock_relay_certificate_failures",
                    "Attempts in a row that brought no new certificate.",
                    certificate.failures());
            if (certificate.expires() != null) {
                metrics.gauge(
                        "penstock_relay_certificate_expires_seconds",
                        "When the certificate ends, seconds since 1970.",
                        certificate.expires().getEpochSecond());
            }
        });
    }

    private void closeAtTheEnd(Runnable closer) {
        synchronized (this) {
            if (!closing) {
                closers.push(closer);
                return;
            }
        }
        closer.run(); // a signal came meanwhile
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
        List<Runnable> open;
        synchronized (this) {
            closing = true;
            open = List.copyOf(closers);
            closers.clear();
        }
        open.forEach(Runnable::run);
        ended.countDown();
    }
}
