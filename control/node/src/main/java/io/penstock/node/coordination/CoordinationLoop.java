package io.penstock.node.coordination;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import java.util.concurrent.TimeUnit;

/** The thread of a daemon's clients, for those who know nothing of Netty. Thread-safe. */
public final class CoordinationLoop implements AutoCloseable {
    private static final long QUIET_MS = 0;
    private static final long PATIENCE_MS = 2000;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ClientPlatform platform;

    /**
     * Starts the thread.
     *
     * @param x25519 for use on that thread alone
     * @param entropy for use on that thread
     */
    public CoordinationLoop(X25519 x25519, Entropy entropy) {
        platform = ClientPlatform.of(loops.next(), x25519, entropy);
    }

    /** What clients are started with. */
    public ClientPlatform platform() {
        return platform;
    }

    /** Ends the thread, and waits two seconds at most for what is under way. */
    @Override
    public void close() {
        loops.shutdownGracefully(QUIET_MS, PATIENCE_MS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
}
