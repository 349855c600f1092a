package io.penstock.cli.live;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends one handshake message again and again, in bursts that fill the queue of a receiver beyond the eighth part from which on it
 * counts itself under load, and counts the cookie replies that come back. The next burst follows when the receiver is done with the last:
 * a slow one is under load no less, but never so far behind that its answers come after REKEY_TIMEOUT, when nobody can use them. A thread
 * of its own from {@link #start} to {@link #close}.
 */
public final class Flood implements AutoCloseable {
    /** More than 512, an eighth of the longest queue; a queue in front of a guest holds about 1250. */
    private static final int BURST = 900;

    /** Receivers count themselves under load for a second after a burst. */
    private static final int QUIET_MILLIS = 150;

    private static final int STEP_MILLIS = 10;
    private static final int COOKIE_REPLY_LENGTH = 64;
    private static final int COOKIE_REPLY = 3;

    private final DatagramChannel channel;
    private final ByteBuffer message;
    private final int patienceMillis;
    private final ByteBuffer reply = ByteBuffer.allocateDirect(2048);
    private final AtomicInteger cookieReplies = new AtomicInteger();
    private final Thread thread;
    private volatile boolean isClosed;

    private Flood(DatagramChannel channel, byte[] message, Duration patience) {
        this.channel = channel;
        patienceMillis = Math.toIntExact(patience.toMillis());
        this.message = ByteBuffer.allocateDirect(message.length).put(message);
        this.thread = Thread.ofPlatform().name("flood").daemon().unstarted(this::run);
    }

    /**
     * Begins at once.
     *
     * @param from an address of the site
     * @param message mac1 must be right for the receiver: else nothing is answered
     * @param patience how long to wait for the first answer to a burst; a receiver that is quick enough answers none
     */
    public static Flood start(Site site, String from, String to, int port, byte[] message, Duration patience) {
        try {
            DatagramChannel channel = site.call(() -> DatagramChannel.open()
                    .bind(new InetSocketAddress(InetAddress.getByName(from), 0))
                    .connect(new InetSocketAddress(InetAddress.getByName(to), port)));
            channel.configureBlocking(false);
            Flood flood = new Flood(channel, message, patience);
            flood.thread.start();
            return flood;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Cookie replies so far: the receiver was under load each time. */
    public int cookieReplies() {
        return cookieReplies.get();
    }

    private void run() {
        try {
            while (!isClosed) {
                for (int i = 0; i < BURST; i++) {
                    channel.write(message.rewind());
                }
                awaitQuiet();
            }
        } catch (IOException e) {
            if (!isClosed) {
                throw new AssertionError("the flood broke off", e);
            }
        }
    }

    /** Waits for the first reply, if one comes, and then until no more do. */
    private void awaitQuiet() throws IOException {
        int replies = cookieReplies();
        int quietMillis = patienceMillis;
        long sinceNs = System.nanoTime();
        while (!isClosed && System.nanoTime() - sinceNs < quietMillis * 1_000_000L) {
            Await.millis(STEP_MILLIS);
            countReplies();
            if (cookieReplies() > replies) {
                replies = cookieReplies();
                quietMillis = QUIET_MILLIS;
                sinceNs = System.nanoTime();
            }
        }
    }

    private void countReplies() throws IOException {
        while (channel.read(reply.clear()) > 0) {
            if (reply.position() == COOKIE_REPLY_LENGTH && reply.get(0) == COOKIE_REPLY) {
                cookieReplies.incrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            thread.join();
            channel.close();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
