package io.penstock.node.netcheck;

import io.penstock.node.path.LocalAddresses;
import io.penstock.protocol.stun.discovery.ProbeSocket;
import io.penstock.wireguard.Endpoint;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.EnumMap;
import java.util.Map;

/** Three sockets of each family that the host has, each at a port that the system chooses. For one thread. */
final class ProbeSockets implements AutoCloseable {
    private static final int MAX_DATAGRAM = 2048;
    private static final int MAX_OF_A_ROUND = 64;
    private static final System.Logger LOG = System.getLogger(ProbeSockets.class.getName());

    private final Map<ProbeSocket, DatagramChannel> v4 = new EnumMap<>(ProbeSocket.class);
    private final Map<ProbeSocket, DatagramChannel> v6 = new EnumMap<>(ProbeSocket.class);
    private final ByteBuffer buffer = ByteBuffer.allocate(MAX_DATAGRAM);

    private ProbeSockets() {}

    /**
     * Opens them, and has the selector watch them.
     *
     * @throws IOException if there are none of either family
     */
    static ProbeSockets open(Selector selector) throws IOException {
        ProbeSockets sockets = new ProbeSockets();
        IOException none = null;
        for (ProtocolFamily family : StandardProtocolFamily.values()) {
            if (family != StandardProtocolFamily.UNIX) {
                try {
                    sockets.open(family, selector);
                } catch (IOException | UnsupportedOperationException e) {
                    none = new IOException("no UDP sockets: " + e.getMessage(), e); // a host without IPv6, say
                }
            }
        }
        if (sockets.v4.isEmpty() && sockets.v6.isEmpty() && none != null) {
            throw none;
        }
        return sockets;
    }

    private void open(ProtocolFamily family, Selector selector) throws IOException {
        boolean isV6 = family == StandardProtocolFamily.INET6;
        Map<ProbeSocket, DatagramChannel> all = isV6 ? v6 : v4;
        try {
            for (ProbeSocket socket : ProbeSocket.values()) {
                DatagramChannel channel = DatagramChannel.open(family);
                all.put(socket, channel);
                channel.bind(new InetSocketAddress(InetAddress.ofLiteral(isV6 ? "::" : "0.0.0.0"), 0));
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
            }
        } catch (IOException | UnsupportedOperationException e) {
            close(all);
            throw e;
        }
    }

    /** Of the socket for mapping; 0 if the host does not have that family. */
    int mappingPort(boolean isV6) throws IOException {
        DatagramChannel channel = (isV6 ? v6 : v4).get(ProbeSocket.MAPPING);
        return channel != null && channel.getLocalAddress() instanceof InetSocketAddress address
                ? address.getPort()
                : 0;
    }

    /** It may get lost: there may be no route, or a firewall that says no at once. */
    void send(ProbeSocket from, Endpoint to, byte[] datagram) {
        DatagramChannel channel = (to.isV6() ? v6 : v4).get(from);
        if (channel == null) {
            return; // a host without that family
        }
        try {
            channel.send(ByteBuffer.wrap(datagram), new InetSocketAddress(address(to), to.port()));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "nothing can be sent to {0}: {1}", to, e.getMessage());
        }
    }

    private static InetAddress address(Endpoint endpoint) throws IOException {
        return InetAddress.getByAddress(
                endpoint.isV6()
                        ? ByteBuffer.allocate(2 * Long.BYTES)
                                .putLong(endpoint.high())
                                .putLong(endpoint.low())
                                .array()
                        : ByteBuffer.allocate(Integer.BYTES)
                                .putInt((int) endpoint.low())
                                .array());
    }

    /** Hands out what has come, a bounded number of each socket. */
    void receive(NetcheckRunner.Receiver receiver) {
        v4.forEach((at, channel) -> receive(at, channel, receiver));
        v6.forEach((at, channel) -> receive(at, channel, receiver));
    }

    private void receive(ProbeSocket at, DatagramChannel channel, NetcheckRunner.Receiver receiver) {
        for (int i = 0; i < MAX_OF_A_ROUND; i++) {
            try {
                buffer.clear();
                if (!(channel.receive(buffer) instanceof InetSocketAddress source)) {
                    return;
                }
                byte[] datagram = new byte[buffer.flip().remaining()];
                buffer.get(datagram);
                receiver.on(at, endpoint(source), datagram);
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "receiving failed: {0}", e.getMessage()); // an ICMP error, say
                return;
            }
        }
    }

    private static Endpoint endpoint(InetSocketAddress address) {
        Endpoint host = LocalAddresses.of(address.getAddress());
        return host.isV6()
                ? Endpoint.v6(host.high(), host.low(), address.getPort(), 0)
                : Endpoint.v4((int) host.low(), address.getPort());
    }

    private static void close(Map<ProbeSocket, DatagramChannel> all) {
        for (DatagramChannel channel : all.values()) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "a socket cannot be closed", e);
            }
        }
        all.clear();
    }

    @Override
    public void close() {
        close(v4);
        close(v6);
    }
}
