package io.penstock.server.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What serves the connections of a listener, and how that ends. Thread-safe. */
record Service(EventLoopGroup loops, ThreadPoolExecutor workers, ChannelGroup connections, UnderWay underWay) {
    private static final System.Logger LOG = System.getLogger(Service.class.getName());
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(2);
    private static final long GOODBYE_MS = 500;

    Service(EventLoopGroup loops, ThreadPoolExecutor workers) {
        this(loops, workers, new DefaultChannelGroup(GlobalEventExecutor.INSTANCE), new UnderWay());
    }

    /** Ends what was made for a channel that could not be opened. */
    void abandon() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        workers.shutdownNow();
    }

    /**
     * Takes no more connections and requests, gives those under way two seconds to be answered, and closes the connections. Again
     * does nothing.
     */
    void close(Channel listening) {
        if (loops.isShuttingDown()) {
            return;
        }
        listening.close().syncUninterruptibly();
        workers.shutdown();
        if (!underWay.awaitNone(LAST_ANSWERS)) {
            LOG.log(Level.WARNING, "requests under way are cut: they were not answered in time");
        }
        connections.close().awaitUninterruptibly(GOODBYE_MS); // event loops that end may leave connections open
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        workers.shutdownNow();
    }
}
