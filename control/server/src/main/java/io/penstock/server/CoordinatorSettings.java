package io.penstock.server;

import io.penstock.server.http.ListenSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a coordinator runs, checked once.
 *
 * @param stateFolder made if it is missing; must be closed to others
 * @param publicUrl how browsers and nodes call the coordinator, for the addresses that it gives out: http or https, a host,
 *     perhaps a port and a path. The listener answers to that host, whatever else it is called
 * @param maintenanceInterval how often what is due is forgotten
 */
public record CoordinatorSettings(
        Path stateFolder, ListenSettings listen, URI publicUrl, Duration maintenanceInterval) {
    public static final Path DEFAULT_STATE_FOLDER = Path.of("/var/lib/penstock-server");
    public static final Duration DEFAULT_MAINTENANCE_INTERVAL = Duration.ofMinutes(1);

    public CoordinatorSettings {
        if (!maintenanceInterval.isPositive()) {
            throw new IllegalArgumentException("an interval is positive");
        }
    }
}
