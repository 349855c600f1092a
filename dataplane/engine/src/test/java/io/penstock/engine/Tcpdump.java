package io.penstock.engine;

import io.penstock.ffm.LibC;
import io.penstock.ffm.netns.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running tcpdump that writes a file. */
final class Tcpdump implements AutoCloseable {
    private static final int SIGINT = 2;

    private final Process process;
    private final BufferedReader errors;

    private Tcpdump(Process process) {
        this.process = process;
        this.errors = process.errorReader();
    }

    /** Starts to capture what the filter takes, both ways; returns when it does. */
    static Tcpdump start(NetworkNamespace namespace, String device, Path file, String filter) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                "tcpdump",
                "-Z",
                "root",
                "-n",
                "-i",
                device,
                "-s",
                "2048",
                "-B",
                "16384",
                "-U",
                "--immediate-mode",
                "-w",
                file.toString(),
                filter));
        Tcpdump dump = new Tcpdump(namespace.call(builder::start));
        try {
            StringBuilder said = new StringBuilder();
            for (String line = dump.errors.readLine(); line != null; line = dump.errors.readLine()) {
                said.append(line).append('\n');
                if (line.contains("listening on")) {
                    return dump;
                }
            }
            throw new IOException("tcpdump ended: " + said);
        } catch (IOException e) {
            dump.process.destroyForcibly();
            throw e;
        }
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** Ends it. All that it was given is in the file then; an assertion fails if the kernel dropped something before. */
    @Override
    public void close() {
        new LibC().kill((int) process.pid(), SIGINT);
        String said = String.join("\n", errors.lines().toList());
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("tcpdump does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        if (!said.contains("\n0 packets dropped by kernel")) {
            throw new AssertionError(said);
        }
    }
}
