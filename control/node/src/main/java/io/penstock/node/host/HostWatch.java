package io.penstock.node.host;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.netlink.NetworkMonitor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Tells that something in a host's network is other than before: links, addresses, routes, rules, nftables. What it is has to be looked
 * up, which is why it makes no difference how much of it was missed. A thread of its own, which tells no more than twenty times a
 * second.
 */
public final class HostWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(HostWatch.class.getName());
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final NetworkMonitor monitor;
    private final Runnable onChange;
    private final Runnable onEnd;
    private final Thread thread;
    private volatile boolean isClosing;

    private HostWatch(NetworkMonitor monitor, Runnable onChange, Runnable onEnd) {
        this.monitor = monitor;
        this.onChange = onChange;
        this.onEnd = onEnd;
        thread = Thread.ofPlatform().name("host-watch").daemon().unstarted(this::run);
    }

    /**
     * Watches the network namespace of the calling thread.
     *
     * @param onChange is called on a thread of the watch's own, which it may hold up
     * @param onEnd likewise, if the kernel tells no more
     * @throws ErrnoException if the kernel does not let us
     */
    public static HostWatch open(Runnable onChange, Runnable onEnd) throws ErrnoException {
        HostWatch watch = new HostWatch(NetworkMonitor.open(), onChange, onEnd);
        watch.thread.start();
        return watch;
    }

    private void run() {
        try (monitor) {
            while (!isClosing) {
                if (monitor.await(-1) && !isClosing) {
                    onChange.run();
                    Thread.sleep(PAUSE); // what comes in groups is told once
                }
            }
        } catch (ErrnoException e) {
            LOG.log(Level.WARNING, "changes of the host's network are not told any more: {0}", e.getMessage());
            onEnd.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by close
        }
    }

    /** Ends it, and waits for that. */
    @Override
    public void close() {
        isClosing = true;
        if (thread.isAlive()) {
            monitor.wake();
            thread.interrupt();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
