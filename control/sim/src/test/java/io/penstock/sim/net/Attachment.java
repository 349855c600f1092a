package io.penstock.sim.net;

/** Something that has addresses in a segment: a host, or a router's outer side. */
interface Attachment {
    /** What leads from the segment to it, and back. */
    Link link();

    /** A datagram has come to one of its addresses. */
    void receive(Datagram datagram);
}
