package io.penstock.relay.core;

/** Who takes packets for a key: its client here, or another relay of the region that has it. */
public sealed interface Target permits Client, Forwarder {
    Outbox outbox();

    Link link();
}
