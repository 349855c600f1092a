package io.penstock.lab.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Processor time from {@code /proc}, in cores since the last look. One thread. */
final class CpuMeter {
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on all processors that Java runs on
    private static final Path PROC = Path.of("/proc");

    private static final int USER_FIELD = 11; // counted after the command's closing bracket
    private static final int SYSTEM_FIELD = 12;

    private static final int IDLE_FIELD = 3; // of the line "cpu", after the word
    private static final int WAIT_FIELD = 4;
    private static final int GUEST_FIELD = 8; // is in the first field already

    private final Map<String, Reading> readings = new HashMap<>();

    private record Reading(long ticks, long nowNs) {}

    /** Cores that a process keeps busy; 0 at its first look and when there is none. */
    double ofProcess(long pid, long nowNs) {
        try {
            return since("process " + pid, processTicks(Files.readString(PROC.resolve(pid + "/stat"))), nowNs);
        } catch (IOException e) {
            return 0; // it is gone
        }
    }

    /** Cores that all processes and the kernel keep busy; 0 at the first look. */
    double ofMachine(long nowNs) {
        try {
            return since("machine", busyTicks(Files.readString(PROC.resolve("stat"))), nowNs);
        } catch (IOException e) {
            return 0;
        }
    }

    private double since(String what, long ticks, long nowNs) {
        Reading last = readings.put(what, new Reading(ticks, nowNs));
        return last == null || nowNs == last.nowNs()
                ? 0
                : Math.max(0, (ticks - last.ticks()) / TICKS_PER_SECOND / ((nowNs - last.nowNs()) / 1e9));
    }

    /** User and system time in the text of {@code /proc/PID/stat}; the command in it may hold blanks and brackets. */
    static long processTicks(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[USER_FIELD]) + Long.parseLong(fields[SYSTEM_FIELD]);
    }

    /** What is not idle in the text of {@code /proc/stat}. */
    static long busyTicks(String stat) {
        String[] fields = stat.substring(0, stat.indexOf('\n')).split(" +", -1);
        long busy = 0;
        for (int i = 0; i < Math.min(GUEST_FIELD, fields.length - 1); i++) {
            busy += i == IDLE_FIELD || i == WAIT_FIELD ? 0 : Long.parseLong(fields[i + 1]);
        }
        return busy;
    }
}
