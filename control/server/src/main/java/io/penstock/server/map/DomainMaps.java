package io.penstock.server.map;

import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.policy.Policy;
import io.penstock.protocol.policy.PolicyIndex;
import io.penstock.protocol.policy.PolicyNode;
import io.penstock.server.map.NodeStream.Aspect;
import io.penstock.server.map.NodeStream.Stage;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Node;
import io.penstock.server.model.PolicyVersion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The maps of one domain: its members, and the streams of those who follow them. Everything happens within one lock, which is held
 * for what a change touches; frames are written and streams are woken without it. Thread-safe, but news come by one thread at a time.
 */
final class DomainMaps implements Audience, AutoCloseable {
    /** For so long a node without a stream counts as online: it may be changing its connection. */
    static final Duration GRACE = Duration.ofSeconds(10);

    /** For so long after a start those count as online who were when the last coordinator ended. */
    static final Duration AFTER_START = Duration.ofSeconds(60);

    /** What the maps of all domains share. */
    record Shared(
            InstantSource clock,
            Supplier<DerpMap> relays,
            MapCounters counters,
            Directory directory,
            LastSeen lastSeen,
            Compressors compressors) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Shared shared;
    private final PieceCompressor compressor = new PieceCompressor();
    private final Members members;
    private final Composer composer;
    private final Map<Long, NodeStream> streams = new HashMap<>();
    private final DueTimes graces = new DueTimes();
    private List<NodeStream> toWake = new ArrayList<>();
    private Composer.Names names;
    private long policyVersion;
    private boolean closed;

    /**
     * The maps of a domain of which nobody follows any yet.
     *
     * @param everything the whole domain
     * @param policy that is in force in it
     */
    DomainMaps(Shared shared, DomainNews everything, Policy policy) {
        this.shared = shared;
        members = new Members(this, new PolicyIndex(policy));
        composer = new Composer(members, compressor, shared.relays, shared.counters);
        policyVersion = versionOf(everything.policy());
        names = names(everything.domain(), Objects.requireNonNull(everything.dns()));
        apply(everything);
    }

    private static long versionOf(Optional<PolicyVersion> policy) {
        return policy.map(PolicyVersion::version).orElse(0L);
    }

    private static Composer.Names names(Domain domain, DomainDns dns) {
        return new Composer.Names(domain.dnsSuffix(), dns.message(domain));
    }

    /** Does what belongs to one moment, then wakes who has news by it. */
    private void within(Runnable work) {
        List<NodeStream> woken;
        lock.lock();
        try {
            work.run();
            members.settle();
            woken = toWake;
            toWake = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        woken.forEach(NodeStream::wake);
    }

    /** Takes what became of the domain; the policy by {@link #setPolicy}. */
    void apply(DomainNews news) {
        within(() -> {
            Instant now = shared.clock.instant();
            if (news.dns() != null) {
                rename(names(news.domain(), news.dns()));
            }
            news.users().values().forEach(user -> members.putUser(user, now));
            goneNodes(news).forEach(this::remove);
            news.nodes().values().forEach(node -> put(node, now));
            goneUsers(news).forEach(members::removeUser);
        });
    }

    private Set<Long> goneNodes(DomainNews news) {
        if (!news.isAll()) {
            return news.goneNodes();
        }
        Set<Long> gone = new HashSet<>();
        members.all().forEach(member -> gone.add(member.id()));
        gone.removeAll(news.nodes().keySet());
        return gone;
    }

    private Set<Long> goneUsers(DomainNews news) {
        if (!news.isAll()) {
            return news.goneUsers();
        }
        Set<Long> gone = new HashSet<>(members.userIds());
        gone.removeAll(news.users().keySet());
        return gone;
    }

    private void put(Node node, Instant now) {
        Member before = members.find(node.id());
        shared.directory.put(this, node, before == null ? null : before.node());
        members.put(node, now);
    }

    private void remove(long id) {
        Member gone = members.find(id);
        if (gone != null) {
            members.remove(id);
            shared.directory.remove(gone.node());
            graces.set(id, null);
        }
    }

    private void rename(Composer.Names now) {
        if (now.equals(names)) {
            return;
        }
        boolean otherSuffix = !now.suffix().equals(names.suffix());
        names = now;
        if (otherSuffix) {
            members.touchAll();
        }
        for (NodeStream stream : streams.values()) {
            stream.mark(Aspect.NAMES);
            if (otherSuffix) {
                stream.mark(Aspect.SELF);
                stream.mark(Aspect.VIEW);
            }
            stir(stream);
        }
    }

    /** Whether another policy came into force than the one that is in use. */
    boolean isOtherPolicy(Optional<PolicyVersion> policy) {
        return versionOf(policy) != policyVersion;
    }

    /** Puts another policy in force. What it means is worked out beside the traffic: by the thread that brings news. */
    void setPolicy(Policy policy, Optional<PolicyVersion> version) {
        PolicyIndex compiled = new PolicyIndex(policy);
        List<PolicyNode> nodes = members.policyNodes(); // nobody else changes them
        nodes.forEach(compiled::put);
        within(() -> {
            members.setIndex(compiled);
            policyVersion = versionOf(version);
            for (NodeStream stream : streams.values()) {
                stream.mark(Aspect.VIEW);
                stream.mark(Aspect.ROUTES);
                stream.mark(Aspect.FILTER);
                stir(stream);
            }
        });
    }

    /** The relays are others. */
    void tellRelays() {
        within(() -> streams.values().forEach(stream -> {
            stream.mark(Aspect.RELAYS);
            stir(stream);
        }));
    }

    /** Does what is due by the clock. */
    void passTime() {
        within(() -> {
            Instant now = shared.clock.instant();
            members.passTime(now);
            graces.takeUntil(now, id -> {
                shared.directory.setOnline(id, false);
                Member member = members.find(id);
                if (member != null) {
                    members.setOnline(member, false);
                }
            });
        });
    }

    /**
     * Opens a stream in place of the node's last one. A node that may not take part gets a map that says so, and its peers hear
     * nothing of it.
     *
     * @return false if there is no such node any more
     */
    boolean open(NodeStream stream) {
        boolean[] isThere = new boolean[1];
        within(() -> {
            Member self = members.find(stream.nodeId);
            isThere[0] = self != null && !closed;
            if (!isThere[0] || self == null) {
                return;
            }
            if (!self.isIn()) {
                stream.stage = Stage.LAST;
            } else if (!stream.once) {
                follow(stream, self);
            }
        });
        return isThere[0];
    }

    private void follow(NodeStream stream, Member self) {
        NodeStream before = streams.put(stream.nodeId, stream);
        if (before != null) {
            before.stage = Stage.ENDED;
            stream.ping = before.ping;
            stir(before);
        }
        graces.set(stream.nodeId, null);
        self.lastSeen = shared.clock.instant();
        shared.lastSeen.note(stream.nodeId, self.lastSeen);
        shared.directory.setOnline(stream.nodeId, true);
        members.setOnline(self, true);
    }

    /** A stream is wanted no more. */
    void close(NodeStream stream) {
        within(() -> {
            stream.stage = Stage.ENDED;
            if (streams.remove(stream.nodeId, stream)) {
                startGrace(stream.nodeId);
            }
        });
    }

    /** Sends a ping in a node's stream; false if it has none. */
    boolean ping(long id, PingRequest ping) {
        boolean[] hasStream = new boolean[1];
        within(() -> {
            NodeStream stream = streams.get(id);
            hasStream[0] = stream != null;
            if (stream != null) {
                stream.ping = ping;
                stir(stream);
            }
        });
        return hasStream[0];
    }

    /** Whether the node may take part, as far as the news have come. */
    boolean isIn(long id) {
        lock.lock();
        try {
            Member member = members.find(id);
            return member != null && member.isIn();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes those for online who were there when the last coordinator was: they have a while to come back. Else a restart would tell
     * everybody that everybody else is away and then back, and routes would move from router to router. Before anybody comes.
     *
     * @param since whoever was seen then or later
     */
    void presumeOnline(Instant since) {
        within(() -> {
            Instant end = shared.clock.instant().plus(AFTER_START);
            for (Member member : members.all()) {
                if (member.isIn() && !member.lastSeen.isBefore(since)) {
                    graces.set(member.id(), end);
                    shared.directory.setOnline(member.id(), true);
                    members.setOnline(member, true);
                }
            }
        });
    }

    /** When anybody was last seen; null if there is nobody. */
    @Nullable Instant newestSeen() {
        lock.lock();
        try {
            return members.all().stream()
                    .map(member -> member.lastSeen)
                    .max(Comparator.naturalOrder())
                    .orElse(null);
        } finally {
            lock.unlock();
        }
    }

    /** Notes that all who follow their maps are still there. */
    void noteSeen() {
        within(() -> {
            Instant now = shared.clock.instant();
            streams.keySet().forEach(id -> shared.lastSeen.note(id, now));
        });
    }

    private void startGrace(long id) {
        Instant now = shared.clock.instant();
        graces.set(id, now.plus(GRACE));
        shared.lastSeen.note(id, now);
        Member member = members.find(id);
        if (member != null) {
            member.lastSeen = now;
        }
    }

    boolean isEnded(NodeStream stream) {
        lock.lock();
        try {
            return closed || stream.stage == Stage.ENDED;
        } finally {
            lock.unlock();
        }
    }

    /** The next message of a stream as a frame; null if there is none for now. */
    @Nullable ByteBuffer poll(NodeStream stream) {
        Draft draft;
        lock.lock();
        try {
            draft = closed ? null : compose(stream);
        } finally {
            lock.unlock();
        }
        if (draft == null) {
            return null;
        }
        ByteBuffer frame = shared.compressors.with(draft::write);
        shared.counters.bytes.add(frame.remaining());
        return frame;
    }

    private @Nullable Draft compose(NodeStream stream) {
        if (stream.stage == Stage.ENDED) {
            return null;
        }
        Member self = members.find(stream.nodeId);
        if (self == null) {
            stream.stage = Stage.ENDED;
            return null;
        }
        if (stream.stage == Stage.LAST || !self.isIn()) {
            stream.stage = Stage.ENDED;
            // Who is in again meanwhile asks anew, and is told nothing that is no longer so.
            return self.isIn() ? null : composer.last(stream, self, names, shared.clock.instant());
        }
        if (stream.stage == Stage.FIRST) {
            Draft first = composer.first(stream, self, names, shared.clock.instant());
            stream.stage = stream.once ? Stage.ENDED : Stage.GOING_ON;
            shared.counters.firsts.increment();
            return first;
        }
        Draft next = composer.next(stream, self, names);
        if (next == null) {
            stream.rest();
            shared.counters.empty.increment();
        } else {
            shared.counters.deltas.increment();
        }
        return next;
    }

    private void stir(NodeStream stream) {
        if (stream.stopResting()) {
            toWake.add(stream);
        }
    }

    @Override
    public void onPeer(long viewer, long peer) {
        NodeStream stream = streams.get(viewer);
        if (stream != null) {
            stream.touch(peer);
            stir(stream);
        }
    }

    @Override
    public void onSelf(long id) {
        mark(id, Aspect.SELF);
    }

    @Override
    public void onFilter(long id) {
        mark(id, Aspect.FILTER);
    }

    @Override
    public void onView(long id) {
        mark(id, Aspect.VIEW);
        mark(id, Aspect.ROUTES);
    }

    private void mark(long id, Aspect aspect) {
        NodeStream stream = streams.get(id);
        if (stream != null) {
            stream.mark(aspect);
            stir(stream);
        }
    }

    @Override
    public void onUser(long userId) {
        for (NodeStream stream : streams.values()) {
            if (stream.knownUsers.contains(userId)) {
                stream.staleUsers.add(userId);
                stir(stream);
            }
        }
    }

    @Override
    public void onOut(long id) {
        NodeStream stream = streams.remove(id);
        if (stream != null) {
            if (stream.stage == Stage.GOING_ON) {
                stream.stage = Stage.LAST;
            }
            startGrace(id);
            stir(stream);
        }
    }

    /** Ends every stream, and forgets everything. Done once, by who brings the news. */
    @Override
    public void close() {
        noteSeen();
        within(() -> {
            closed = true;
            members.all().forEach(member -> shared.directory.remove(member.node()));
            streams.values().forEach(this::stir);
            streams.clear();
            compressor.close();
        });
    }
}
