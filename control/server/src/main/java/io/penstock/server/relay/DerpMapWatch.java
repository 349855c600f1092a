package io.penstock.server.relay;

import io.penstock.protocol.message.DerpMap;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks now and then whether a {@link DerpMapFile} was changed, and passes on what it says then. What has a fault is logged and
 * not passed on: the last good one stays. With a thread of its own.
 */
public final class DerpMapWatch implements AutoCloseable {
    /** How long a change may go unnoticed. */
    public static final Duration INTERVAL = Duration.ofSeconds(10);

    private static final System.Logger LOG = System.getLogger(DerpMapWatch.class.getName());

    private final Path file;
    private final int ownRegion;
    private final Consumer<DerpMap> taker;
    private final ScheduledExecutorService thread;
    private @Nullable Version seen; // of the thread, once it looks

    private record Version(Object key, long size, long modifiedMs) {}

    private DerpMapWatch(Path file, int ownRegion, Consumer<DerpMap> taker) {
        this.file = file;
        this.ownRegion = ownRegion;
        this.taker = taker;
        thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("derp-map").daemon().factory());
    }

    /**
     * Reads the file and watches it from here on.
     *
     * @param ownRegion as in {@link DerpMapFile#read}
     * @param taker called here at once, and later on the watch's thread
     * @throws IOException if the file cannot be read
     * @throws DerpMapFile.Fault if it has one
     */
    public static DerpMapWatch start(Path file, int ownRegion, Duration interval, Consumer<DerpMap> taker)
            throws IOException, DerpMapFile.Fault {
        DerpMapWatch watch = new DerpMapWatch(file, ownRegion, taker);
        try {
            watch.seen = watch.version();
            taker.accept(DerpMapFile.read(file, ownRegion));
        } catch (IOException | DerpMapFile.Fault e) {
            watch.close();
            throw e;
        }
        var _ = watch.thread.scheduleWithFixedDelay( // ends with the executor
                watch::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
        return watch;
    }

    private Version version() throws IOException {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        Object key = now.fileKey() == null ? "" : now.fileKey();
        return new Version(key, now.size(), now.lastModifiedTime().toMillis());
    }

    /** Looks once; on its thread but for tests. */
    void look() {
        try {
            Version now = version();
            if (now.equals(seen)) {
                return;
            }
            seen = now;
            taker.accept(DerpMapFile.read(file, ownRegion));
            LOG.log(Level.INFO, "the relays of {0} are told from here on", file);
        } catch (IOException | DerpMapFile.Fault e) {
            String fault = e instanceof IOException ? e.toString() : String.valueOf(e.getMessage());
            LOG.log(Level.WARNING, "{0} was changed and is not used: {1}", file, fault);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a fault of the watch over " + file, e); // which goes on
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
