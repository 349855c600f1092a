package io.penstock.engine;

import io.penstock.engine.wire.WireListener;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to open a {@link Tunnel}.
 *
 * @param name of the interface; ignored when {@code tunFd} brings one
 * @param tunFd an open TUN descriptor to adopt, or -1
 * @param aead name of the cipher engine, or null for the best there is
 * @param parallelism threads; an adopted descriptor is one queue, and so has one lane
 * @param stateDirectory where handshake timestamps outlive the process
 * @param rekeyAfter age at which an initiator renews a session; other than the protocol's only in tests
 * @param listener told what the tunnel does not handle itself; {@link WireListener#NONE} for a tunnel that {@code wg} drives
 */
public record TunnelOptions(
        String name,
        int tunFd,
        @Nullable String aead,
        Parallelism parallelism,
        Path stateDirectory,
        Duration rekeyAfter,
        Logger log,
        WireListener listener) {
    /** MTU of a new interface: an underlay of 1500 less the largest overhead. */
    public static final int DEFAULT_MTU = 1420;

    public static final Path DEFAULT_STATE_DIRECTORY = Path.of("/var/lib/penstock");
}
