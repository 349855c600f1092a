package io.penstock.node.relay;

import io.penstock.protocol.key.NodeKey;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Is told what relays say. All calls come on the client's event loop, which must not be held up. */
public interface RelayListener {
    /** A packet from somebody, discovery or WireGuard; the buffer is only valid during the call. */
    void onPacket(int region, NodeKey source, ByteBuffer packet);

    /** Somebody cannot be reached through this region any more. */
    void onPeerGone(int region, NodeKey key);

    /** Packets get through the relay of this region, or do not. */
    void onState(int region, boolean isUp);

    /** Connections to this region are about to lead to one of these addresses. */
    void onAddresses(int region, List<InetAddress> addresses);

    /** What a relay says is wrong with it or with us, or nothing any more. */
    void onHealth(int region, String problem);
}
