package io.penstock.node.daemon;

import io.penstock.engine.uapi.Change;
import io.penstock.node.api.PathDebug;
import io.penstock.node.api.PingType;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.node.daemon.core.PathReport;
import io.penstock.node.daemon.core.Readings;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node's interface and the paths of its peers. For the node's thread; a seam for tests without root. */
interface DataPlane extends AutoCloseable {
    /** Is told what happens to it, from any thread. */
    interface Listener {
        /** It listens on this UDP port, 0 for none. */
        void onPort(int port);

        /** A peer is reached there from here on. */
        void onUseEndpoint(NodeKey peer, Endpoint endpoint);

        /** How the node is reached. */
        void onPaths(PathReport report);

        /** Connections to the relay of this region are about to lead to these addresses. */
        void onRelayAddresses(int region, List<Endpoint> addresses);

        /** A fault of ours, which is in the log and survived. */
        void onFault(String what);

        /** Somebody has removed the interface, or it has failed. */
        void onEnded();
    }

    /** Makes interfaces. */
    @FunctionalInterface
    interface Factory {
        /**
         * Makes one, which nothing may come into yet.
         *
         * @param port UDP; another one if that is in use
         * @param key of the node; stays the caller's, and good until the interface is closed
         * @param disco for discovery, likewise
         * @throws IOException with the cure where there is one
         */
        DataPlane open(String name, int port, int fwmark, PrivateKey key, PrivateKey disco, Listener listener)
                throws IOException;
    }

    /** What became of a ping: a path, or why there was no answer. */
    sealed interface PingOutcome {
        record Answered(io.penstock.node.api.PeerPath path) implements PingOutcome {}

        record Failed(String reason) implements PingOutcome {}
    }

    /** Changes peers. */
    void configure(List<Change> changes) throws IOException;

    /** Lets in what this allows. */
    void filter(NodeAction.Filter filter);

    /** Lets nothing in. */
    void shut();

    /** Has another key from here on, which peers hear of sooner or later: sessions live on meanwhile. */
    void useKey(PrivateKey key) throws IOException;

    /** Finds paths in this network. */
    void followPaths(NetMap map);

    /** Networks that are routed through the interface, where no endpoint can be. */
    void routes(List<Prefix> throughTunnel);

    /** Asks the router for a port that leads to this tunnel's, or asks no more and gives back what it gave. */
    void mapPort(boolean isAsked);

    /** Something at the host may be other than before. From any thread, and as often as it likes. */
    void hostStirred();

    /**
     * The host's addresses are others than before.
     *
     * @param isElsewhere whether its way to the others is, too
     */
    void hostMoved(boolean isElsewhere);

    /** Pings a peer; the outcome comes once, within five seconds or so, on any thread. */
    void ping(NodeKey peer, PingType type, Consumer<PingOutcome> outcome);

    /** All that is known of the path to a peer; null if nothing is, or nobody tells in time. */
    @Nullable PathDebug debugPath(Node peer, Instant now);

    /** The longest packet that goes into the interface. */
    void mtu(int bytes);

    /** Counters and paths of all peers as they are. */
    Readings readings();

    /** Takes the interface away, and waits for that. */
    @Override
    void close();
}
