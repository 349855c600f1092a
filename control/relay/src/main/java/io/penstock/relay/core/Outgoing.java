package io.penstock.relay.core;

import io.penstock.protocol.derp.Frame;

/** Something on its way to one receiver. */
public sealed interface Outgoing permits Outgoing.Control, Parcel {
    /** What the relay itself says. */
    record Control(Frame frame) implements Outgoing {}
}
