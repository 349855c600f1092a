package io.penstock.cli.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code up} about relays. */
final class RelayOptions {
    @Option(
            names = "--relay-listen",
            paramLabel = "ADDR:PORT",
            description = "Where the relay inside listens, always with TLS (default: the coordinator's own port with"
                    + " https; else the next one, with a certificate of its own that machines are told of).")
    private @Nullable String relay;

    @Option(names = "--no-relay", description = "No relay inside, and no STUN.")
    private boolean noRelay;

    @Option(
            names = "--stun-listen",
            paramLabel = "ADDR:PORT",
            description = "Where STUN is answered, over UDP (default: port 3478 of the address of --listen).")
    private @Nullable String stun;

    @Option(names = "--no-stun", description = "No STUN beside the relay.")
    private boolean noStun;

    @Option(
            names = "--derp-map",
            paramLabel = "FILE",
            description = "Further relays, which others run: JSON as in a DERP map. Read anew when it changes.")
    private @Nullable Path derpMap;

    /**
     * What was given, not yet checked.
     *
     * @param relay address and port as written, null for the default
     * @param stun address and port as written, null for the default
     * @param derpMap null for none
     */
    record Given(
            @Nullable String relay,
            boolean noRelay,
            @Nullable String stun,
            boolean noStun,
            @Nullable Path derpMap) {
        static final Given NOTHING = new Given(null, false, null, false, null);
    }

    Given given() {
        return new Given(relay, noRelay, stun, noStun, derpMap);
    }
}
