package io.penstock.lab.demo;

import io.penstock.lab.demo.Topology.Site;
import io.penstock.lab.demo.mesh.View.Node;
import io.penstock.lab.demo.mesh.View.Way;
import io.penstock.node.api.CoordinatorStatus;
import io.penstock.node.api.PeerStatus;
import io.penstock.node.api.Status;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks the daemons of both gateways some times a second how they are, on a thread of its own each. Thread-safe. */
final class MeshWatch implements AutoCloseable {
    private static final int INTERVAL_MS = 250;

    private final Mesh mesh;
    private final Topology topology;
    private volatile Facts a = Facts.NONE;
    private volatile Facts b = Facts.NONE;
    private volatile boolean isClosing;

    /**
     * What is known of one gateway.
     *
     * @param bytes to and from the other one, since its interface is up
     * @param mtu of the interface, 0 if it is not known
     */
    record Facts(Node node, long bytes, int mtu) {
        static final Facts NONE = new Facts(Node.GONE, 0, 0);
    }

    private interface Taker {
        void take(Facts facts);
    }

    MeshWatch(Mesh mesh, Topology topology) {
        this.mesh = mesh;
        this.topology = topology;
    }

    void start() {
        Thread.ofPlatform().daemon().name("demo-watch-a").start(() -> run(topology.a(), facts -> a = facts));
        Thread.ofPlatform().daemon().name("demo-watch-b").start(() -> run(topology.b(), facts -> b = facts));
    }

    Facts a() {
        return a;
    }

    Facts b() {
        return b;
    }

    private void run(Site site, Taker taker) {
        try {
            while (!isClosing) {
                taker.take(facts(mesh.status(site)));
                TimeUnit.MILLISECONDS.sleep(INTERVAL_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Facts facts(@Nullable Status status) {
        if (status == null) {
            return Facts.NONE;
        }
        boolean isConnected = status.coordinator().state() == CoordinatorStatus.State.CONNECTED;
        Way way = Way.NONE;
        long bytes = 0;
        for (PeerStatus peer : status.peers()) { // there is one
            way = switch (peer.path().kind()) {
                case NONE -> Way.NONE;
                case DIRECT -> Way.DIRECT;
                case RELAY -> Way.RELAY;
            };
            bytes += peer.rxBytes() + peer.txBytes();
        }
        return new Facts(
                new Node(true, isConnected, way),
                bytes,
                status.self() == null ? 0 : status.self().mtu());
    }

    @Override
    public void close() {
        isClosing = true;
    }
}
