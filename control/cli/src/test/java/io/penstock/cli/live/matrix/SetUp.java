package io.penstock.cli.live.matrix;

/**
 * A row of the matrix.
 *
 * @param v6Outside which family the tunnel's own packets use
 * @param weInitiate who knows the other's endpoint, and starts what has to be started
 */
record SetUp(PeerKind peer, boolean v6Outside, boolean weInitiate, boolean withPresharedKey) {
    @Override
    public String toString() {
        return peer.name() + ", " + (v6Outside ? "IPv6" : "IPv4") + ", "
                + (weInitiate ? "we initiate" : "peer initiates") + (withPresharedKey ? ", PSK" : "");
    }
}
