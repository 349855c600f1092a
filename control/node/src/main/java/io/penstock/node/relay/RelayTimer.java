package io.penstock.node.relay;

import io.penstock.engine.SystemEntropy;
import io.penstock.engine.aead.NativeX25519;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.DerpMap;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLException;

/**
 * Measures how long connections to relays take, TLS included, and talks to none of them. Has a thread of its own. Methods may be
 * called from any thread and return at once; results come on that thread.
 */
public final class RelayTimer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RelayTimer.class.getName());

    private final RelayClient client;

    private RelayTimer(RelayClient client) {
        this.client = client;
    }

    /**
     * Of the relays of a map.
     *
     * @param environment where proxies are named
     * @throws SSLException if this JDK has no TLS
     */
    public static RelayTimer start(DerpMap map, Map<String, String> environment) throws SSLException {
        SystemEntropy entropy = new SystemEntropy();
        RelayClient client = RelayClient.start(
                new RelaySettings(null, false, Proxies.of(environment)),
                NativeX25519.choose(reason -> LOG.log(Level.DEBUG, reason)),
                entropy,
                PrivateKey.generate(entropy), // of nobody: a relay is told a key after the connection only
                new Nobody());
        client.executor().execute(() -> client.onMap(map));
        return new RelayTimer(client);
    }

    /** How long it takes, in nanoseconds; -1 if there is no connection. */
    public void measure(int region, LongConsumer result) {
        try {
            client.executor().execute(() -> client.measure(region, result));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "closed", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    /** No connection stays, so nothing is said. */
    private static final class Nobody implements RelayListener {
        @Override
        public void onPacket(int region, NodeKey source, ByteBuffer packet) {}

        @Override
        public void onPeerGone(int region, NodeKey key) {}

        @Override
        public void onState(int region, boolean isUp) {}

        @Override
        public void onAddresses(int region, List<InetAddress> addresses) {}

        @Override
        public void onHealth(int region, String problem) {}
    }
}
