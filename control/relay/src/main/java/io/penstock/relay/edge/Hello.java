package io.penstock.relay.edge;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.relay.core.CloseReason;

/** What became of a client's hello. */
sealed interface Hello {
    /**
     * It is let in.
     *
     * @param isMesh it is another relay of the region
     * @param answer sealed for it
     */
    record Welcome(Greeting greeting, boolean isMesh, Frame.ServerInfo answer) implements Hello {}

    /** It is not. */
    record Refused(CloseReason reason) implements Hello {}
}
