package io.penstock.server.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process and its JVM, by the names that dashboards know. Any thread. */
public final class ProcessMetrics implements MetricSource {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final double NS_PER_SECOND = 1e9;
    private static final double MS_PER_SECOND = 1e3;

    @Override
    public void write(MetricsText out) {
        out.gauge(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970.",
                ManagementFactory.getRuntimeMXBean().getStartTime() / MS_PER_SECOND);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            out.counter(
                    "process_cpu_seconds_total",
                    "Processor time of the process.",
                    system.getProcessCpuTime() / NS_PER_SECOND);
            out.gauge("process_open_fds", "Open file descriptors.", system.getOpenFileDescriptorCount());
            out.gauge("process_max_fds", "Most file descriptors.", system.getMaxFileDescriptorCount());
        }
        long resident = residentBytes();
        if (resident > 0) {
            out.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", resident);
        }
        memory(out, "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
        memory(out, "nonheap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            out.counter(
                    "jvm_gc_collections_total",
                    "Garbage collections.",
                    collector.getCollectionCount(),
                    "gc",
                    collector.getName());
            out.counter(
                    "jvm_gc_seconds_total",
                    "Time of garbage collections.",
                    collector.getCollectionTime() / MS_PER_SECOND,
                    "gc",
                    collector.getName());
        }
        out.gauge(
                "jvm_threads_current",
                "Threads of the JVM.",
                ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static void memory(MetricsText out, String area, MemoryUsage usage) {
        out.gauge("jvm_memory_used_bytes", "Memory of the JVM in use.", usage.getUsed(), "area", area);
        if (usage.getMax() >= 0) {
            out.gauge("jvm_memory_max_bytes", "Most memory of the JVM.", usage.getMax(), "area", area);
        }
    }

    /** As the kernel tells; 0 if it does not. */
    private static long residentBytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
            return 0;
        } catch (IOException e) {
            return 0; // no proc file system: a figure less
        }
    }
}
