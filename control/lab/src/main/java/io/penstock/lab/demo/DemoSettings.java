package io.penstock.lab.demo;

import java.nio.file.Path;
import java.util.List;

/**
 * How a demo runs.
 *
 * @param trafficNs bound of all tests together
 * @param keep leave the sites standing afterwards
 * @param interfaceProgram starts a WireGuard interface in the foreground when {@code -f NAME} is appended
 * @param stateDirectory where journals are kept; it must not survive a reboot
 */
public record DemoSettings(long trafficNs, boolean keep, List<String> interfaceProgram, Path stateDirectory) {
    public static final Path STATE_DIRECTORY = Path.of("/run/penstock");

    private static final long MIN_TRAFFIC_NS = 2_000_000_000L;
    private static final long MAX_TRAFFIC_NS = 3_600_000_000_000L;

    public DemoSettings {
        if (trafficNs < MIN_TRAFFIC_NS || trafficNs > MAX_TRAFFIC_NS) {
            throw new IllegalArgumentException("a demo takes 2 seconds to 1 hour");
        }
        interfaceProgram = List.copyOf(interfaceProgram);
    }
}
