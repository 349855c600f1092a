package io.penstock.lab.demo;

import io.penstock.lab.demo.DemoException.Reason;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * One demo with its journal, under a free id, from the first thing that it makes to the removal of the last: at its end, on failure
 * and when the JVM is told to stop. Owned by the thread that calls {@link #run}; only the removal may also be done by the shutdown
 * hook.
 */
final class Guarded {
    private static final int ID_ATTEMPTS = 10;

    private final Topology topology;
    private final Journal journal;
    private final Consumer<String> talk;
    private volatile boolean stopping;
    private boolean removed;

    /**
     * What became of a demo that went well.
     *
     * @param leftBehind what could not be removed, for people
     */
    record Ended<T>(T result, List<String> leftBehind) {}

    /** What the demo does; what it makes it has written into the journal before. */
    interface Act<T> {
        T play(SiteNetworks networks) throws Exception;
    }

    private Guarded(Topology topology, Journal journal, Consumer<String> talk) {
        this.topology = topology;
        this.journal = journal;
        this.talk = talk;
    }

    /**
     * Checks what the machine must allow, sweeps up after demos that crashed, and opens a journal; nothing else is made yet.
     *
     * @param talk gets a line per step, for people
     */
    static Guarded prepare(DemoSettings settings, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        Requirements.check();
        Leftovers.Sweep sweep = Leftovers.sweep(settings.stateDirectory(), false);
        if (!sweep.removed().isEmpty()) {
            talk.accept("removed what a demo left behind that did not end well: " + String.join(", ", sweep.removed()));
        }
        SecureRandom random = new SecureRandom();
        for (int attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
            Topology topology = Topology.of(Topology.randomId(random));
            try {
                if (SiteNetworks.isFree(topology)) {
                    ProcessIdentity self = ProcessIdentity.self();
                    return new Guarded(topology, Journal.create(settings.stateDirectory(), topology.id(), self), talk);
                }
            } catch (FileAlreadyExistsException e) {
                // taken by another demo: the next id
            }
        }
        throw new DemoException(Reason.FAILED, "found no free names for namespaces: look at /run/netns");
    }

    Topology topology() {
        return topology;
    }

    Journal journal() {
        return journal;
    }

    /**
     * Plays, and removes what was made. Does not return once the JVM is stopping, for then its end is the hook's business.
     *
     * @param keep leave everything standing if it goes well
     */
    <T> Ended<T> run(boolean keep, Act<T> act) throws DemoException, InterruptedException {
        Thread hook = Thread.ofPlatform().name("demo-removal").unstarted(this::stop);
        guard(hook);
        boolean keeps = false;
        List<String> leftBehind = List.of();
        T result;
        try {
            result = play(keep, act);
            keeps = keep;
        } finally {
            awaitHookIfStopping();
            if (!keeps) {
                leftBehind = remove();
                leftBehind.forEach(talk);
            }
            forget(hook);
        }
        return new Ended<>(result, leftBehind);
    }

    private <T> T play(boolean keep, Act<T> act) throws DemoException {
        try (SiteNetworks networks = new SiteNetworks(topology, journal)) {
            T result = act.play(networks);
            if (keep) {
                journal.record(Journal.Kind.KEPT, "");
            }
            return result;
        } catch (DemoException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoException(Reason.FAILED, "was interrupted", e);
        } catch (Exception e) {
            throw new DemoException(Reason.FAILED, describe(e), e);
        }
    }

    /** A signal that came before has no hook of ours to run: what little was made is removed here. */
    private void guard(Thread hook) throws InterruptedException {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            stop();
            awaitHookIfStopping();
        }
    }

    private void stop() {
        stopping = true;
        try {
            remove().forEach(talk);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<String> remove() throws InterruptedException {
        if (removed) {
            return List.of();
        }
        removed = true;
        return Leftovers.remove(journal);
    }

    /** What breaks while the hook removes the sites is no news. */
    private void awaitHookIfStopping() throws InterruptedException {
        if (stopping) {
            new CountDownLatch(1).await();
        }
    }

    private void forget(Thread hook) throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            awaitHookIfStopping(); // the JVM stops: let it
        }
    }

    private static String describe(Exception e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.toString() : message;
    }
}
