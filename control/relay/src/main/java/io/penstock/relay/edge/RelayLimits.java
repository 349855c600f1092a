package io.penstock.relay.edge;

import io.penstock.relay.core.QueueLimits;
import java.time.Duration;

/**
 * How much a relay bears, checked once and then trusted.
 *
 * @param maxConnections at a time, in whatever state; those beyond are closed at once
 * @param connectionsPerSecond of one address, an IPv6 /64 being one; those beyond are closed at once
 * @param connectionBurst so many of one address at once
 * @param httpTimeout for a whole request of HTTP, TLS included
 * @param helloTimeout for a whole hello after that, the decision whether to let the client in included
 * @param keepAlive silence that is broken by a frame; a client that says it answers pings is pinged then too, and closed if
 *     nothing came from it by the next time
 * @param stall for which a receiver may take nothing though there is something
 * @param bytesPerSecond of frames that are read from one client; 0 for no limit. Other relays of the region have none
 * @param burstBytes more than that for a moment
 * @param queue what is kept for one receiver
 */
public record RelayLimits(
        int maxConnections,
        double connectionsPerSecond,
        int connectionBurst,
        Duration httpTimeout,
        Duration helloTimeout,
        Duration keepAlive,
        Duration stall,
        long bytesPerSecond,
        long burstBytes,
        QueueLimits queue) {
    public static final RelayLimits DEFAULT = new RelayLimits(
            20_000,
            50,
            500,
            Duration.ofSeconds(10), // as long as clients wait for everything together
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            0,
            0,
            QueueLimits.DEFAULT);

    /** The longest frame of a packet. */
    private static final long MIN_BURST = 65_568;

    /** The same with so many bytes a second for one client, and as many at once. */
    public RelayLimits withRate(long perSecond) {
        return new RelayLimits(
                maxConnections,
                connectionsPerSecond,
                connectionBurst,
                httpTimeout,
                helloTimeout,
                keepAlive,
                stall,
                perSecond,
                Math.max(MIN_BURST, perSecond),
                queue);
    }

    public RelayLimits {
        if (maxConnections < 1 || !(connectionsPerSecond > 0) || connectionBurst < 1) {
            throw new IllegalArgumentException("limits of connections are positive");
        }
        if (!httpTimeout.isPositive() || !helloTimeout.isPositive() || !keepAlive.isPositive() || !stall.isPositive()) {
            throw new IllegalArgumentException("time limits are positive");
        }
        if (bytesPerSecond < 0 || (bytesPerSecond > 0 && burstBytes < MIN_BURST)) {
            throw new IllegalArgumentException("a burst has room for the longest packet, " + MIN_BURST + " bytes");
        }
    }
}
