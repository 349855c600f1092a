package io.penstock.node.path.core;

import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.wireguard.Endpoint;

/** What a {@link PeerPath} wants of {@link PathCore}, which knows keys, relays and our own addresses. */
sealed interface PeerAction {
    record Send(Endpoint to, DiscoMessage message) implements PeerAction {}

    /** Not in fragments: it may get lost on its way out already, which is as good. */
    record SendWhole(Endpoint to, DiscoMessage message) implements PeerAction {}

    /** {@code region} 0: where it is at home. */
    record SendRelayed(int region, DiscoMessage message) implements PeerAction {}

    /** Tell the peer all of our addresses, through its relay. */
    record Call() implements PeerAction {}

    record Use(Endpoint endpoint) implements PeerAction {}

    record Done(long number, PingResult result) implements PeerAction {}
}
