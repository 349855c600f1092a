package io.penstock.engine.wire;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;

/**
 * Is told what a tunnel does not handle itself. All calls but {@link #onRelayed} come on the control agent's thread, which must not
 * be held up, nor wait for the tunnel's configuration: hand over, and return. What they throw ends the tunnel. The first may come before
 * the tunnel's opening has returned.
 */
public interface WireListener {
    /** Hears nothing; for a tunnel that {@code wg} drives. */
    WireListener NONE = new WireListener() {
        @Override
        public void onPort(int port) {}

        @Override
        public void onDatagram(Endpoint source, byte[] datagram) {}

        @Override
        public void onSendFailed(Endpoint to, int errno) {}

        @Override
        public void onTraffic(PublicKey peer, boolean hasSent, boolean hasReceived) {}

        @Override
        public void onPacket(byte[] packet) {}

        @Override
        public void onRelayed() {}
    };

    /** The sockets were opened, or closed (0), or are at another port. */
    void onPort(int port);

    /**
     * A datagram came that is no WireGuard message.
     *
     * @param source with the local address and interface it came to
     */
    void onDatagram(Endpoint source, byte[] datagram);

    /** The system would not send a datagram there: no route, or the wrong family. */
    void onSendFailed(Endpoint to, int errno);

    /**
     * The host has sent to this peer, or authentic data has come from it; told once a second at most for each peer. Packets that wait for
     * a session or for an endpoint count as sent; keepalives and handshakes count as nothing.
     */
    void onTraffic(PublicKey peer, boolean hasSent, boolean hasReceived);

    /** An authentic packet of Tailscale's protocol number 99 (TSMP) that the filter let in. */
    void onPacket(byte[] packet);

    /** Something waits for {@link Wire#drainRelayed} where nothing did before. From any thread of the packet path: only wake somebody. */
    void onRelayed();
}
