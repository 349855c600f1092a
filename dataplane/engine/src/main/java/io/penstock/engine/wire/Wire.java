package io.penstock.engine.wire;

import io.penstock.wireguard.Endpoint;
import org.agrona.DirectBuffer;

/**
 * The sockets of a tunnel, for whoever finds the paths to its peers. No call blocks. Thread-safe, but for {@link #drainRelayed},
 * which belongs to one thread.
 */
public interface Wire {
    /** The longest datagram that goes either way: discovery packets with padding for jumbo frames. */
    int MAX_DATAGRAM = 9_216;

    /** Takes a message for a peer that is reached by a relay; the buffer is only valid during the call. */
    @FunctionalInterface
    interface RelayedHandler {
        /** Called for each; {@code relayId} is the number of the {@link Endpoint#relay relay endpoint} that the peer has. */
        void onRelayed(long relayId, DirectBuffer buffer, int offset, int length);
    }

    /** The UDP port that the tunnel listens on, or 0 while its interface is down. */
    int port();

    /**
     * Sends a datagram that is not WireGuard from the tunnel's port. It may get lost, as datagrams do; of one that the system
     * refuses {@link WireListener#onSendFailed} is told.
     *
     * @param to sent from its local side if it has one
     * @param datagram 1 to {@link #MAX_DATAGRAM} bytes, which nobody changes any more
     * @return false if there is no room or the interface is down
     */
    boolean send(Endpoint to, byte[] datagram);

    /**
     * Sends a datagram likewise, but whole: with the bit that forbids fragments, to learn how long one may be on its way. Of one that the
     * system refuses nobody is told, as it is like one that a router dropped.
     *
     * @param datagram 1 to {@link #MAX_DATAGRAM} bytes, which nobody changes any more
     * @return false if there is no room or the interface is down
     */
    boolean sendWhole(Endpoint to, byte[] datagram);

    /**
     * Hands in a WireGuard message that a relay brought, as if it had come from {@link Endpoint#relay} of that id.
     *
     * @param relayId the number of the sender's endpoint, also if the peer has another at the moment
     * @param message copied before this returns
     * @return false if there is no room; the message is dropped then, and counted
     */
    boolean receiveRelayed(long relayId, byte[] message, int offset, int length);

    /**
     * Takes WireGuard messages that are to go through a relay, at most {@code limit}; returns how many. Whoever gets as many has to call
     * again: {@link WireListener#onRelayed} tells of the next one only after a call that got fewer. One thread.
     */
    int drainRelayed(RelayedHandler handler, int limit);

    /**
     * Sends an IP packet to the peer that its destination address belongs to, as if the host had sent it: it waits for a session, counts as
     * traffic, and is dropped with a reason if it is malformed or no peer's.
     *
     * @param packet 1 to 65,535 bytes, which nobody changes any more
     * @return false if there is no room or the interface is down
     */
    boolean inject(byte[] packet);
}
