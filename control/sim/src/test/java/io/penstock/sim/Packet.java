package io.penstock.sim;

/** An IP packet as the world knows it: who sent it to whom, and whether it has arrived. */
final class Packet {
    final long id;
    final Node from;
    final Node to;
    final byte[] bytes;
    final long sentNs;
    boolean delivered;

    Packet(long id, Node from, Node to, byte[] bytes, long sentNs) {
        this.id = id;
        this.from = from;
        this.to = to;
        this.bytes = bytes;
        this.sentNs = sentNs;
    }

    @Override
    public String toString() {
        return "packet " + id + " of node " + from.id + " to node " + to.id;
    }
}
