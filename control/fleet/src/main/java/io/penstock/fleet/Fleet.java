package io.penstock.fleet;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.node.coordination.CoordinatorAddress;
import io.penstock.node.coordination.core.Problem;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in groups, each of which sees its own. They share a few event loops, and on each loop one zstd context. Thread-safe;
 * one caller at a time waits.
 */
public final class Fleet implements AutoCloseable {
    private static final int LOOPS = 2;
    private static final int JOINING_AT_ONCE = 64;
    private static final long LOOK_MS = 5;

    private final CoordinatorAddress address;
    private final List<String> authKeys;
    private final Entropy entropy;
    private final X25519 x25519 = new BouncyCastleX25519();
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(LOOPS, NioIoHandler.newFactory());
    private final Map<EventLoop, FrameScanner> scanners = new HashMap<>(); // filled by the constructor
    private final List<Member> members = new ArrayList<>(); // filled by the constructor
    private final int groupSize;
    private final Map<Long, Change> changes = new ConcurrentHashMap<>(); // those under way, by mark
    private final AtomicInteger following = new AtomicInteger();
    private final FleetTraffic traffic = new FleetTraffic();
    private final Map<Problem.Kind, Integer> problems = new EnumMap<>(Problem.Kind.class); // guarded by itself
    private final AtomicInteger marks = new AtomicInteger();
    private volatile @Nullable String fault;
    private final AtomicInteger started = new AtomicInteger();

    /**
     * Makes the nodes; none of them does anything yet.
     *
     * @param size how many there are
     * @param groupSize how many of them see each other, the last group perhaps fewer
     * @param authKeys a reusable key for each group, or one for all
     */
    public Fleet(CoordinatorAddress address, int size, int groupSize, List<String> authKeys, Entropy entropy) {
        if (size < 2 || groupSize < 2 || authKeys.isEmpty()) {
            throw new IllegalArgumentException("a fleet is two nodes at least, with a key");
        }
        this.address = address;
        this.groupSize = groupSize;
        this.authKeys = List.copyOf(authKeys);
        this.entropy = entropy;
        loops.forEach(loop -> scanners.put((EventLoop) loop, new FrameScanner()));
        for (int i = 0; i < size; i++) {
            members.add(new Member(i, i / groupSize, this, x25519, entropy));
        }
    }

    public int size() {
        return members.size();
    }

    /** How many have a map at the moment. */
    public int following() {
        return following.get();
    }

    FleetTraffic traffic() {
        return traffic;
    }

    /** Problems that members have met so far, by kind. */
    public Map<Problem.Kind, Integer> problems() {
        synchronized (problems) {
            return new EnumMap<>(problems);
        }
    }

    void onFollowing() {
        following.incrementAndGet();
    }

    void onLost() {
        following.decrementAndGet();
    }

    void onProblem(Problem problem) {
        synchronized (problems) {
            problems.merge(problem.kind(), 1, Integer::sum);
        }
        if (problem.kind() == Problem.Kind.REFUSED) {
            onRefused(problem.text());
        }
    }

    void onRefused(String why) {
        fault = why;
    }

    void onMark(Member member, long mark) {
        Change change = changes.get(mark);
        if (change != null) {
            try {
                change.onReached(member.number(), member.group(), System.nanoTime());
            } catch (IllegalStateException e) {
                fault = e.getMessage();
            }
        }
    }

    /** How many have been told to join. */
    public int started() {
        return started.get();
    }

    /**
     * Has so many join in all, a bounded number at a time, and waits until they have their first map.
     *
     * @throws IllegalStateException if they have not by then, or one is refused
     */
    public void join(int count, long timeoutNs) throws InterruptedException, SSLException {
        long endNs = System.nanoTime() + timeoutNs;
        int wanted = Math.min(count, size());
        while (following() < wanted) {
            while (started() < wanted && started() - following() < JOINING_AT_ONCE) {
                start(members.get(started.getAndIncrement()));
            }
            pause(endNs, "have joined");
        }
    }

    private void start(Member member) throws SSLException {
        EventLoop loop = loops.next();
        FrameScanner scanner = scanners.get(loop);
        if (scanner == null) {
            throw new IllegalStateException("an event loop that was not there at the beginning");
        }
        member.start(address, loop, scanner, authKeys.get(member.group() % authKeys.size()), x25519, entropy);
    }

    /** Waits until so many have a map, or no more than so many. */
    public void await(boolean atLeast, int count, long timeoutNs) throws InterruptedException {
        long endNs = System.nanoTime() + timeoutNs;
        while (atLeast ? following() < count : following() > count) {
            pause(endNs, atLeast ? "have a map" : "are left");
        }
    }

    private void pause(long endNs, String what) throws InterruptedException {
        String why = fault;
        if (why != null) {
            throw new IllegalStateException(why);
        }
        if (System.nanoTime() - endNs > 0) {
            throw new IllegalStateException(
                    "only " + following() + " of " + size() + " " + what + "; problems: " + problems());
        }
        Thread.sleep(LOOK_MS);
    }

    /** The endpoint changes of a member that has joined; to be awaited and then {@link #forget forgotten}. */
    Change move(int memberNumber) {
        Member member = members.get(memberNumber);
        int first = member.group() * groupSize;
        int inGroup = Math.min(groupSize, started() - first);
        int number = marks.incrementAndGet();
        Change change = new Change(member.group(), inGroup - 1, System.nanoTime());
        changes.put(FrameScanner.mark(number), change);
        member.moveTo(FrameScanner.endpoint(number));
        return change;
    }

    void forget(Change change) {
        changes.values().remove(change);
    }

    /** What went wrong so far that no coordinator may do, or null. */
    public @Nullable String fault() {
        return fault;
    }

    @Override
    public void close() {
        members.forEach(Member::close);
        loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
        scanners.values().forEach(FrameScanner::close);
    }
}
