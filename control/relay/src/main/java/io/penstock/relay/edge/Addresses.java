package io.penstock.relay.edge;

import io.penstock.wireguard.Endpoint;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** Socket addresses as endpoints. */
public final class Addresses {
    private static final int V4_LENGTH = 4;

    private Addresses() {}

    /** Of an address that is resolved; of other kinds of channels, which have none, 0.0.0.0:0. */
    public static Endpoint endpoint(SocketAddress address) {
        if (!(address instanceof InetSocketAddress socket)) {
            return Endpoint.v4(0, 0);
        }
        ByteBuffer bytes = ByteBuffer.wrap(socket.getAddress().getAddress());
        return bytes.remaining() == V4_LENGTH
                ? Endpoint.v4(bytes.getInt(), socket.getPort())
                : Endpoint.v6(bytes.getLong(), bytes.getLong(), socket.getPort(), 0);
    }
}
