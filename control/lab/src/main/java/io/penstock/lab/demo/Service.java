package io.penstock.lab.demo;

import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.demo.DemoException.Reason;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program of a mesh that runs until it is killed, in a namespace, with a log. Started and killed by one thread at a time; any
 * thread may ask whether it runs.
 */
final class Service {
    private static final long READY_NS = 40_000_000_000L;
    private static final int POLL_MS = 20;
    private static final int LOG_LINES = 12;

    private final String name;
    private final Journal journal;
    private final NetworkNamespace namespace;
    private final List<String> command;
    private final Path folder;
    private final Path log;
    private volatile @Nullable Process process;
    private long logStart; // of the newest process

    /** Whether a program that was just started is ready. */
    interface Readiness {
        boolean isReady() throws InterruptedException;
    }

    /**
     * One that does not run yet.
     *
     * @param name for people
     * @param folder of the demo; crash reports go there, too
     */
    Service(String name, Journal journal, NetworkNamespace namespace, List<String> command, Path folder, Path log) {
        this.name = name;
        this.journal = journal;
        this.namespace = namespace;
        this.command = List.copyOf(command);
        this.folder = folder;
        this.log = log;
    }

    String name() {
        return name;
    }

    /** The child inherits the namespace of the thread that starts it. */
    void start() throws Exception {
        ProcessBuilder builder = builder(command, folder)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        logStart = Files.exists(log) ? Files.size(log) : 0;
        journal.unlessSealed(() -> {
            Process started = namespace.call(builder::start);
            process = started;
            ProcessIdentity identity = ProcessIdentity.of(started.pid());
            if (identity != null) {
                journal.record(Journal.Kind.PROCESS, identity.pid() + " " + identity.startTicks());
            }
        });
    }

    /** A command as the mesh's programs run: nothing of this process's services and places. */
    static ProcessBuilder builder(List<String> command, Path folder) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
        builder.environment().put("PENSTOCK_STATE", folder.toString());
        builder.environment().remove("NOTIFY_SOCKET");
        return builder;
    }

    /** Waits; fails when the program ends instead. */
    void await(Readiness readiness) throws DemoException, InterruptedException {
        long startNs = System.nanoTime();
        while (!readiness.isReady()) {
            if (!isAlive()) {
                throw failure("ended at its start");
            }
            if (System.nanoTime() - startNs > READY_NS) {
                throw failure("is not ready after " + READY_NS / 1_000_000_000 + " s");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    /** Ends it without asking, as a crash would, and waits. */
    void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /** The process, -1 if there is none. */
    long pid() {
        Process running = process;
        return running == null ? -1 : running.pid();
    }

    /** What the newest process has said so far; empty if that cannot be read. */
    String said() {
        try {
            byte[] all = Files.readAllBytes(log);
            int start = (int) Math.min(logStart, all.length);
            return new String(all, start, all.length - start, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    DemoException failure(String what) {
        List<String> lines = said().lines().toList();
        String tail = String.join("\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        return new DemoException(
                Reason.FAILED, "the " + name + " " + what + (tail.isEmpty() ? "" : "; its last words:\n  " + tail));
    }
}
