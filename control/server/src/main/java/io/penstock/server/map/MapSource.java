package io.penstock.server.map;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.PingRequest;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.model.Node;

/** Where maps come from, and what it costs. Closed after whoever opens streams. Thread-safe. */
public interface MapSource extends MetricSource, AutoCloseable {
    /**
     * Opens the stream that a node asked for. If the node has one already, that one ends.
     *
     * @param machine proved by the connection's handshake
     * @param wake called from any thread, without a lock held, when a stream that had nothing more to say has something again or
     *     ends; returns at once
     */
    Opened open(MachineKey machine, MapRequest request, Runnable wake);

    /** Whether a node has a stream, or had one so short a time ago that it may be changing its connection. */
    boolean isConnected(long nodeId);

    /**
     * Sends a ping in a node's stream, with whatever news there is. One that has not gone out by then is replaced.
     *
     * @return false if the node has no stream at this moment
     */
    boolean ping(Node node, PingRequest ping);

    /** The relays that nodes are told of. Returns at once. */
    DerpMap relays();

    /** Ends all streams. */
    @Override
    void close();

    /** What became of {@link #open}. */
    sealed interface Opened {
        /** It is open; whoever asked closes it. */
        record Stream(MapStream stream) implements Opened {}

        /** No node of this machine has this key. */
        record UnknownNode() implements Opened {}

        /** More streams than this coordinator bears; worth another try later. */
        record Overloaded() implements Opened {}
    }
}
