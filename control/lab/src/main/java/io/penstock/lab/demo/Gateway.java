package io.penstock.lab.demo;

import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.Topology.Site;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One site's interface program, a process in the gateway's namespace. Started and stopped by one thread at a time; any thread may
 * ask for its state.
 */
final class Gateway {
    private static final long READY_NS = 30_000_000_000L;
    private static final int LOG_LINES = 12;

    private final Site site;
    private final Path log;
    private final ControlSocket control;
    private volatile @Nullable Process process;

    Gateway(Site site, Path log) {
        this.site = site;
        this.log = log;
        this.control = new ControlSocket(site.interfaceName());
    }

    Site site() {
        return site;
    }

    /** The child inherits the namespace of the thread that starts it. */
    void start(Journal journal, NetworkNamespace namespace, List<String> program) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.add("-f");
        command.add(site.interfaceName());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("LOG_LEVEL", "verbose");
        builder.environment().remove("PENSTOCK_STATE"); // notes are looked for in the usual place
        journal.record(Journal.Kind.LOG, String.valueOf(log.getFileName()));
        journal.make(Journal.Kind.INTERFACE, site.interfaceName(), () -> {
            Process started = namespace.call(builder::start);
            process = started;
            ProcessIdentity identity = ProcessIdentity.of(started.pid());
            if (identity != null) {
                journal.record(Journal.Kind.PROCESS, identity.pid() + " " + identity.startTicks());
            }
        });
    }

    /** Waits until the control socket answers. */
    void awaitReady() throws DemoException, InterruptedException {
        long startNs = System.nanoTime();
        while (true) {
            try {
                control.get();
                return;
            } catch (IOException e) {
                Process running = process;
                if (running == null || !running.isAlive()) {
                    throw failure("ended before its interface was there", e);
                }
                if (System.nanoTime() - startNs > READY_NS) {
                    throw failure("has no control socket after " + READY_NS / 1_000_000_000 + " s", e);
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
    }

    /** @param keepaliveSeconds 0 for none */
    void configure(TunnelKeys own, TunnelKeys other, Site otherSite, int keepaliveSeconds)
            throws IOException, InterruptedException {
        control.set(
                "private_key=" + own.privateHex() + "\nlisten_port=" + Topology.LISTEN_PORT + "\nreplace_peers=true\n"
                        + "public_key=" + other.publicHex() + "\nendpoint=" + otherSite.publicAddress() + ":"
                        + Topology.LISTEN_PORT + "\nreplace_allowed_ips=true\nallowed_ip=" + otherSite.lan()
                        + "/24\nallowed_ip="
                        + otherSite.tunnel() + "/32\npersistent_keepalive_interval=" + keepaliveSeconds + "\n");
    }

    /** Asks the program to end and waits for it; then its interface is gone. */
    void stop() throws DemoException, InterruptedException {
        Process running = process;
        ProcessIdentity identity = running == null ? null : ProcessIdentity.of(running.pid());
        if (identity != null && !identity.end()) {
            throw new DemoException(Reason.FAILED, "the interface program of gateway " + name() + " does not end");
        }
    }

    /** The process, -1 if there is none. */
    long pid() {
        Process running = process;
        return running == null ? -1 : running.pid();
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /** A or B. */
    String name() {
        return site.letter().toUpperCase(Locale.ROOT);
    }

    TunnelState state() throws IOException, InterruptedException {
        return control.get();
    }

    /** The log's lines so far; empty if it cannot be read. */
    List<String> logLines() {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            return List.of();
        }
    }

    DemoException failure(String what, Throwable cause) {
        List<String> lines = logLines();
        String tail = String.join("\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        return new DemoException(
                Reason.FAILED,
                "the interface program of gateway " + name() + " " + what
                        + (tail.isEmpty() ? "" : "; its last words:\n  " + tail),
                cause);
    }
}
