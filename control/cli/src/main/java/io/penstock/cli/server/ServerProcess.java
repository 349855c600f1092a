package io.penstock.cli.server;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.server.Coordinator;
import io.penstock.server.http.Pages;
import io.penstock.server.model.Token;
import io.penstock.server.policy.HujsonPolicies;
import io.penstock.server.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The life of {@code penstock server up}: the coordinator comes up, says where it is, and ends in order on a signal. */
final class ServerProcess {
    private final ServerPlan plan;
    private final PrintWriter out;
    private final CountDownLatch ended = new CountDownLatch(1);

    // Guarded by this: the thread of a signal closes what the main thread has opened.
    private @Nullable Coordinator coordinator;
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
        HujsonPolicies policies = new HujsonPolicies();
        try {
            Coordinator started = Coordinator.start(
                    plan.settings(),
                    new Coordinator.Seams(
                            policies,
                            policies,
                            store -> new NoMaps(),
                            (administration, registry, store) -> Pages.NONE,
                            List.of()));
            synchronized (this) {
                coordinator = started;
                if (closing) {
                    started.close();
                }
            }
            return started;
        } catch (StoreException | IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private void greet(Coordinator started) {
        String url = plan.url(started.listener().address());
        out.println("penstock coordinator at " + url);
        out.println("  listens on  "
                + ListenAddress.host(started.listener().address().getAddress()) + ":"
                + started.listener().address().getPort());
        out.println("  state in    " + plan.settings().stateFolder());
        plan.fingerprint().ifPresent(fingerprint -> out.println("  certificate SHA-256 " + fingerprint));
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
        synchronized (this) {
            opened = closing ? null : coordinator;
            closing = true;
        }
        if (opened != null) {
            opened.close();
        }
        ended.countDown();
    }
}
