package io.penstock.lab.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param startTicks field 22 of {@code /proc/PID/stat}, clock ticks since boot
 */
record ProcessIdentity(long pid, long startTicks) {
    private static final long TERM_WAIT_NS = 3_000_000_000L;
    private static final long KILL_WAIT_NS = 3_000_000_000L;
    private static final long POLL_MS = 10;
    private static final int STATE_FIELD = 0; // counted after the command's closing bracket
    private static final int START_FIELD = 19;

    static @Nullable ProcessIdentity of(long pid) {
        String[] fields = statFields(pid);
        return fields == null ? null : new ProcessIdentity(pid, Long.parseLong(fields[START_FIELD]));
    }

    static ProcessIdentity self() {
        ProcessIdentity self = of(ProcessHandle.current().pid());
        if (self == null) {
            throw new IllegalStateException("/proc does not show this process");
        }
        return self;
    }

    /** False as well for a zombie, which only waits for its parent. */
    boolean isAlive() {
        String[] fields = statFields(pid);
        return fields != null
                && Long.parseLong(fields[START_FIELD]) == startTicks
                && !fields[STATE_FIELD].equals("Z")
                && !fields[STATE_FIELD].equals("X");
    }

    /** Asks to end, and does not wait. */
    void ask() {
        ProcessHandle handle = ProcessHandle.of(pid).orElse(null);
        if (handle != null && isAlive()) {
            handle.destroy();
        }
    }

    /** Asks to end, then insists; true when it is gone. Bounded to six seconds. */
    boolean end() throws InterruptedException {
        ProcessHandle handle = ProcessHandle.of(pid).orElse(null);
        if (handle == null || !isAlive()) {
            return true;
        }
        handle.destroy();
        if (awaitEnd(TERM_WAIT_NS)) {
            return true;
        }
        handle.destroyForcibly();
        return awaitEnd(KILL_WAIT_NS);
    }

    private boolean awaitEnd(long waitNs) throws InterruptedException {
        long startNs = System.nanoTime();
        while (isAlive()) {
            if (System.nanoTime() - startNs >= waitNs) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
        return true;
    }

    /** The fields after the command, which may hold blanks and brackets itself; null if there is no such process. */
    private static String @Nullable [] statFields(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields.length > START_FIELD ? fields : null;
        } catch (IOException e) {
            return null;
        }
    }
}
