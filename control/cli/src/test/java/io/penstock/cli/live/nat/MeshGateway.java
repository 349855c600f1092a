package io.penstock.cli.live.nat;

import io.penstock.cli.live.Site;
import io.penstock.node.api.PeerPath;
import java.io.IOException;
import java.nio.file.Path;

/** A program that makes a site's gateway a node of the mesh: ours, or one that the grid is tried with besides. */
interface MeshGateway extends AutoCloseable {
    /** Makes gateways of one program. */
    interface Maker {
        /** On that machine, with a folder of its own, which is not there yet. */
        MeshGateway make(String name, Site site, Path folder) throws IOException;
    }

    /** Of the node in the mesh. */
    String name();

    /**
     * Joins, and waits until that is done.
     *
     * @param port of its UDP socket
     * @param lan networks behind it
     */
    void join(Coordination coordination, int port, String... lan);

    /** How it sends to a peer. */
    PeerPath path(String peer);

    /** How many peers it knows. */
    int peers();

    /** What it has logged. */
    String log();

    @Override
    void close();
}
