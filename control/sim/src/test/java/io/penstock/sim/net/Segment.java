package io.penstock.sim.net;

import io.penstock.wireguard.Endpoint;

/** A network in which an address means one thing. */
interface Segment {
    /** An address leads there from here on. */
    void attach(Endpoint address, Attachment to);

    void detach(Endpoint address);

    /** Takes a datagram of somebody attached. */
    void send(Attachment from, Datagram datagram);
}
