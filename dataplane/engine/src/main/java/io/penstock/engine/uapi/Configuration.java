package io.penstock.engine.uapi;

import java.util.List;

/**
 * The running interface as a session of the control socket sees it. Called from any session's thread; an
 * implementation carries each call to the control agent, which hands it to its {@code DeviceConfigurator}, and blocks
 * the caller until it is done.
 */
public interface Configuration {
    /**
     * Applies changes in their order and stops at the first that fails; those before it stay.
     *
     * @param block where this request stands; made by the session for each request, touched only by the control agent
     * @param changes at most {@link Change#BATCH}; the session wipes their secrets after the call
     * @return 0, or a negative errno; {@code -ENODEV} (-19) when the interface is closed
     */
    int apply(PeerBlock block, List<Change> changes);

    /**
     * Copies the next part of the configuration and state into the snapshot, so that each visit keeps the control
     * agent only briefly.
     *
     * @param snapshot made by the session for each request
     * @return 0, or a negative errno; {@code -ENODEV} (-19) when the interface is closed
     */
    int read(Snapshot snapshot);
}
