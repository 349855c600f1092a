package io.penstock.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.key.PrivateKey;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.RelayCounters;
import io.penstock.relay.edge.MeshKey;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Relays on the loopback, for tests. */
public final class RelayFixture {
    public static final MeshKey MESH_KEY = MeshKey.parse("5a".repeat(32));

    private RelayFixture() {}

    public static RelaySettings settings(RelayLimits limits) {
        return settings(limits, Admission.EVERYBODY, null);
    }

    public static RelaySettings settings(RelayLimits limits, Admission admission, RelaySettings.@Nullable Tls tls) {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new RelaySettings(
                any,
                List.of(any),
                tls,
                Set.of(),
                new RelayIdentity(PrivateKey.generate(new Seeded(99))),
                admission,
                MESH_KEY,
                List.of(),
                limits,
                Duration.ofMillis(100),
                2);
    }

    public static RelayServer start(RelaySettings settings) throws IOException {
        return RelayServer.start(settings, InstantSource.system(), new Seeded(7));
    }

    /** Limits with other times. */
    public static RelayLimits limits(Duration http, Duration hello, Duration keepAlive, Duration stall) {
        RelayLimits usual = RelayLimits.DEFAULT;
        return new RelayLimits(
                usual.maxConnections(),
                usual.connectionsPerSecond(),
                usual.connectionBurst(),
                http,
                hello,
                keepAlive,
                stall,
                0,
                0,
                usual.queue());
    }

    /** Waits until a connection has been counted as closed for this reason, and for no other. */
    public static void assertClosed(RelayServer server, CloseReason reason) {
        RelayCounters counters = server.counters();
        assertTrue(
                eventually(() -> counters.closed(reason) == 1),
                () -> "closed: " + counters.snapshot().closed());
        assertEquals(0, counters.closed(CloseReason.FAULT), "faults");
    }

    public static boolean eventually(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }
}
