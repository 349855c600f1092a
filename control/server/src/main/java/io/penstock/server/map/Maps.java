package io.penstock.server.map;

import io.penstock.protocol.hujson.Finding;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.policy.Policy;
import io.penstock.protocol.policy.PolicyResult;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Change;
import io.penstock.server.model.Node;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The maps of all domains. A thread of its own follows the store's change log, and does what is due by the clock; whoever opens a
 * stream for a node that it has not heard of yet reads the log himself. Thread-safe.
 */
public final class Maps implements MapSource {
    /** Streams of all domains together. */
    public static final int MAX_STREAMS = 50_000;

    private static final System.Logger LOG = System.getLogger(Maps.class.getName());

    private static final int CHANGES_AT_ONCE = 1000;
    private static final long LOOK_AT_CLOCK_MS = 1000;
    private static final Duration NOTE_SEEN = Duration.ofMinutes(5);
    private static final Duration NOTE_SEEN_LATE = Duration.ofSeconds(30); // how late a note may come to the disk
    private static final String EVERYTHING = "{}";
    private static final String NOTHING = "{\"acls\": []}";

    /** What the log was read up to, and what it came to. */
    private record News(long upTo, int changes, boolean isAll, List<DomainNews> domains) {}

    private final Store store;
    private final Supplier<DerpMap> relays;
    private final int maxStreams;
    private final MapCounters counters = new MapCounters();
    private final Directory directory = new Directory();
    private final LastSeen lastSeen = new LastSeen();
    private final Compressors compressors = new Compressors();
    private final DomainMaps.Shared shared;
    private final Map<Long, DomainMaps> domains = new ConcurrentHashMap<>();
    private final ReentrantLock applying = new ReentrantLock();
    private final Semaphore signal = new Semaphore(0);
    private @Nullable Thread follower; // guarded by applying, as all to the next blank line
    private final Set<Long> broken = new TreeSet<>(); // domains to be read anew
    private long applied = -1;
    private Instant seenNoted;

    private volatile boolean closed;

    Maps(Store store, InstantSource clock, Supplier<DerpMap> relays, int maxStreams) {
        this.store = store;
        this.relays = relays;
        this.maxStreams = maxStreams;
        seenNoted = clock.instant();
        shared = new DomainMaps.Shared(clock, relays, counters, directory, lastSeen, compressors);
    }

    /**
     * Reads the store and follows it from here on; to be closed before it.
     *
     * @param relays what nodes are told of relays, whenever it is asked; {@link #tellRelays} once it is another
     */
    public static Maps follow(Store store, InstantSource clock, Supplier<DerpMap> relays) {
        Maps maps = new Maps(store, clock, relays, MAX_STREAMS);
        maps.catchUp();
        maps.presumeOnline();
        maps.start();
        return maps;
    }

    private void start() {
        store.onChange(seq -> signal());
        Thread thread = Thread.ofPlatform().name("maps").daemon().unstarted(this::run);
        applying.lock();
        try {
            follower = thread;
        } finally {
            applying.unlock();
        }
        thread.start();
    }

    /** Who was seen about when anybody was seen last was there when the last coordinator ended, however long ago that is. */
    void presumeOnline() {
        domains.values().stream()
                .map(DomainMaps::newestSeen)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .map(newest -> newest.minus(NOTE_SEEN).minus(NOTE_SEEN_LATE))
                .ifPresent(since -> domains.values().forEach(domain -> domain.presumeOnline(since)));
    }

    private void signal() {
        if (signal.availablePermits() == 0) {
            signal.release();
        }
    }

    private void run() {
        while (!closed) {
            try {
                catchUp();
                passTime();
                lastSeen.writeTo(store);
            } catch (RuntimeException | Error e) { // this thread ends with the program only
                counters.faults.increment();
                LOG.log(Level.ERROR, "changes could not be told to the nodes; trying again in a second", e);
                signal.drainPermits();
            }
            awaitSignal();
        }
    }

    private void awaitSignal() {
        try {
            if (signal.tryAcquire(LOOK_AT_CLOCK_MS, TimeUnit.MILLISECONDS)) {
                signal.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true; // somebody wants this thread to end
        }
    }

    /** Applies all that is committed. */
    void catchUp() {
        applying.lock();
        try {
            News next;
            do {
                next = store.read(tx -> {
                    Optional<List<Change>> changes =
                            applied < 0 ? Optional.empty() : tx.changes().since(applied, CHANGES_AT_ONCE);
                    if (changes.isEmpty()) {
                        return new News(tx.changes().last(), 0, true, DomainNews.all(tx));
                    }
                    List<Change> entries = changes.get();
                    long upTo = entries.isEmpty() ? applied : entries.getLast().seq();
                    List<DomainNews> news = DomainNews.of(tx, entries, domains::containsKey);
                    return new News(upTo, entries.size(), false, withBroken(tx, news));
                });
                apply(next);
            } while (next.changes == CHANGES_AT_ONCE);
        } finally {
            applying.unlock();
        }
    }

    private void apply(News news) {
        if (news.isAll) {
            counters.reloads.increment();
            broken.clear();
        }
        counters.changes.add(news.changes);
        for (DomainNews domain : news.domains) {
            guarded(domain.domain().id(), () -> apply(domain));
        }
        applied = news.upTo;
    }

    /** A domain that is broken must not keep the others from theirs: its streams end, and it is read anew. */
    private void guarded(long domainId, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            counters.faults.increment();
            LOG.log(Level.ERROR, "the maps of domain " + domainId + " are made anew", e);
            abandon(domainId);
        }
    }

    /** Ends all streams of a domain. Whoever comes again finds it as the store has it. */
    void abandon(long domainId) {
        applying.lock();
        try {
            broken.add(domainId);
            DomainMaps gone = domains.remove(domainId);
            if (gone != null) {
                gone.close();
            }
        } finally {
            applying.unlock();
        }
    }

    private List<DomainNews> withBroken(Transaction tx, List<DomainNews> news) {
        if (broken.isEmpty()) {
            return news;
        }
        List<DomainNews> all = new ArrayList<>(news);
        all.removeIf(domain -> broken.contains(domain.domain().id()));
        for (long id : broken) {
            tx.domains().find(id).ifPresent(domain -> all.add(DomainNews.everything(tx, domain)));
        }
        broken.clear();
        return all;
    }

    private void apply(DomainNews news) {
        long id = news.domain().id();
        DomainMaps known = domains.get(id);
        if (known == null) {
            domains.put(id, new DomainMaps(shared, news, parse(news.policy())));
            return;
        }
        known.apply(news);
        if (news.tellsPolicy() && known.isOtherPolicy(news.policy())) {
            known.setPolicy(parse(news.policy()), news.policy());
        }
    }

    /** A domain without a policy is open within; one whose policy this program cannot read is closed. */
    private static Policy parse(Optional<PolicyVersion> version) {
        String text = version.map(PolicyVersion::text).orElse(EVERYTHING);
        return switch (Policy.parse(text)) {
            case PolicyResult.Good good -> good.policy();
            case PolicyResult.Bad bad -> {
                LOG.log(
                        Level.ERROR,
                        "the policy of domain {0} cannot be read, so nobody reaches anybody in it: {1}",
                        version.map(PolicyVersion::domainId).orElse(0L),
                        bad.errors().stream().map(Finding::toString).collect(Collectors.joining("; ")));
                yield ((PolicyResult.Good) Policy.parse(NOTHING)).policy();
            }
        };
    }

    /** Does what is due by the clock. */
    void passTime() {
        applying.lock(); // who is in is changed by one thread at a time
        try {
            List.copyOf(domains.entrySet())
                    .forEach(domain ->
                            guarded(domain.getKey(), () -> domain.getValue().passTime()));
            noteSeenInTime();
        } finally {
            applying.unlock();
        }
    }

    /** What a crash would lose. */
    private void noteSeenInTime() {
        Instant now = shared.clock().instant();
        if (Duration.between(seenNoted, now).compareTo(NOTE_SEEN) >= 0) {
            seenNoted = now;
            domains.values().forEach(DomainMaps::noteSeen);
        }
    }

    @Override
    public DerpMap relays() {
        return relays.get();
    }

    /** Tells all nodes of the relays there are now. */
    public void tellRelays() {
        domains.values().forEach(DomainMaps::tellRelays);
    }

    public MapCounters counters() {
        return counters;
    }

    @Override
    public Opened open(MachineKey machine, MapRequest request, Runnable wake) {
        Directory.Place place = find(machine, request);
        if (place == null) {
            counters.unknownNodes.increment();
            return new Opened.UnknownNode();
        }
        if (counters.streams.incrementAndGet() > maxStreams) {
            counters.streams.decrementAndGet();
            counters.overloaded.increment();
            return new Opened.Overloaded();
        }
        NodeStream stream = new NodeStream(
                place.domain(), place.nodeId(), !request.stream(), wake, counters.streams::decrementAndGet);
        if (place.domain().open(stream)) {
            return new Opened.Stream(stream);
        }
        stream.close();
        counters.unknownNodes.increment();
        return new Opened.UnknownNode();
    }

    /** Who is not known, or known to be out, may have registered or logged in a moment ago. */
    private Directory.@Nullable Place find(MachineKey machine, MapRequest request) {
        Directory.Place place = directory.find(request.nodeKey());
        if (place == null || !place.domain().isIn(place.nodeId())) {
            boolean exists = place != null
                    || store.read(tx -> tx.nodes().find(request.nodeKey()))
                            .filter(node -> node.machineKey().equals(machine))
                            .isPresent();
            if (exists) { // strangers do not wait for the news
                catchUp();
                place = directory.find(request.nodeKey());
            }
        }
        return place != null && place.machine().equals(machine) ? place : null;
    }

    @Override
    public boolean isConnected(long nodeId) {
        return directory.isOnline(nodeId);
    }

    @Override
    public boolean ping(Node node, PingRequest ping) {
        Directory.Place place = directory.find(node.nodeKey());
        return place != null && place.nodeId() == node.id() && place.domain().ping(node.id(), ping);
    }

    @Override
    public void write(MetricsText out) {
        counters.write(out);
    }

    /** Ends all streams, and writes down when their nodes were seen. */
    @Override
    public void close() {
        closed = true;
        signal();
        awaitFollower();
        domains.values().forEach(DomainMaps::close);
        compressors.close();
        lastSeen.writeTo(store);
    }

    private void awaitFollower() {
        Thread thread;
        applying.lock();
        try {
            thread = follower;
        } finally {
            applying.unlock();
        }
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
