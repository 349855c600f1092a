package io.penstock.node.coordination.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.protocol.netmap.NetMap;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A thousand nodes whose coordinator is killed and starts again, in virtual time: all are back soon, and not all in one moment. Each
 * answer takes a node's own round trip; nothing else of a coordinator or a network is in it.
 */
class ReconnectSpreadTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long MS_NS = 1_000_000L;
    private static final long ALL_ARE_BACK_NS = 35 * SECOND_NS;
    private static final MachineKey COORDINATOR = MachineKey.of(new byte[32]);

    private record Event(long atNs, long order, Runnable task) {}

    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> {
        int byTime = Long.signum(a.atNs() - b.atNs());
        return byTime != 0 ? byTime : Long.compare(a.order(), b.order());
    });
    private final List<Member> members = new ArrayList<>();
    private final long startNs = Long.MAX_VALUE - 5 * SECOND_NS; // which wraps on the way
    private long nowNs = startNs;
    private long order;
    private boolean isUp = true;
    private boolean isSilent;

    /** One node, and what is under way between it and the coordinator. */
    private final class Member {
        final Coordination core;
        final long roundTripNs;
        int attempt; // answers to those before it are not heard any more
        boolean isConnected;
        boolean follows;
        long followsSinceNs;
        int wakeUp;

        Member(int number) {
            Seeded entropy = new Seeded(number);
            byte[] key = ByteBuffer.allocate(32).putInt(number + 1).array();
            core = new Coordination(
                    new NodeSettings(NodeKey.of(key), null, "", false, 131),
                    NodeStatus.unreachable(
                            Hostinfo.builder().hostname("n" + number).build()),
                    entropy);
            roundTripNs = 5 * MS_NS + Integer.toUnsignedLong(entropy.nextInt()) % (145 * MS_NS);
        }

        void drain() {
            for (Action action = core.poll(); action != null; action = core.poll()) {
                switch (action) {
                    case Action.FetchKey none -> answer(() -> core.onKey(COORDINATOR, nowNs));
                    case Action.Connect none ->
                        answer(() -> {
                            isConnected = true;
                            core.onConnected(nowNs);
                        });
                    case Action.Register none ->
                        answer(() -> core.onRegistered(
                                RegisterResponse.builder()
                                        .machineAuthorized(true)
                                        .build(),
                                nowNs));
                    case Action.OpenStream none ->
                        answer(() -> {
                            follows = true;
                            followsSinceNs = nowNs;
                            core.onNews(map(), nowNs);
                        });
                    case Action.Report none -> answer(() -> core.onReported(nowNs));
                    case Action.Disconnect none -> gone();
                    case Action.Answer none -> {}
                    case Action.Tell none -> {}
                }
            }
            int current = ++wakeUp;
            long leftNs = core.leftNs(nowNs);
            if (leftNs != Long.MAX_VALUE) {
                at(nowNs + leftNs, () -> {
                    if (current == wakeUp) {
                        core.onTime(nowNs);
                        drain();
                    }
                });
            }
        }

        private void answer(Runnable good) {
            int asked = attempt;
            at(nowNs + roundTripNs, () -> {
                if (asked != attempt) {
                    return;
                }
                if (isUp) {
                    good.run();
                } else if (!isSilent) {
                    gone();
                    core.onFailed(Problem.of(Problem.Kind.UNREACHABLE, "connection refused"), nowNs);
                }
                drain();
            });
        }

        void gone() {
            attempt++;
            isConnected = false;
            follows = false;
        }

        void cutOff() {
            if (isConnected) {
                gone();
                core.onFailed(Problem.of(Problem.Kind.ENDED, "the connection ended"), nowNs);
                drain();
            }
        }
    }

    private static MapNews map() {
        return new MapNews.Changed(
                new NetMap(
                        Node.builder().id(1).build(),
                        Collections.emptyNavigableMap(),
                        null,
                        null,
                        "",
                        Collections.emptyNavigableMap(),
                        Map.of(),
                        List.of(),
                        null),
                Set.of());
    }

    private void at(long atNs, Runnable task) {
        events.add(new Event(atNs, order++, task));
    }

    private void pass(long ns) {
        long untilNs = nowNs + ns;
        for (Event next = events.peek(); next != null && next.atNs() - untilNs <= 0; next = events.peek()) {
            events.remove();
            nowNs = next.atNs();
            next.task().run();
        }
        nowNs = untilNs;
    }

    @ParameterizedTest
    @CsvSource({
        "1000, PT60S, false", // its port is closed meanwhile
        "1000, PT60S, true", // its whole host is off meanwhile, and nothing answers
        "250, PT24H, false",
        "250, PT24H, true"
    })
    void allAreBackSoonAndNotAllAtOnce(int nodes, Duration outage, boolean silent) {
        for (int number = 0; number < nodes; number++) {
            members.add(new Member(number));
            members.getLast().core.start(nowNs);
            members.getLast().drain();
        }
        pass(30 * SECOND_NS);
        assertEquals(nodes, members.stream().filter(member -> member.follows).count(), "all are there at first");

        isUp = false;
        isSilent = silent;
        members.forEach(Member::cutOff);
        pass(outage.toNanos());
        assertFalse(members.stream().anyMatch(member -> member.follows));

        isUp = true;
        long backNs = nowNs;
        pass(ALL_ARE_BACK_NS);
        int[] bySecond = new int[35];
        for (Member member : members) {
            assertTrue(member.follows, "not back after 35 s");
            bySecond[(int) ((member.followsSinceNs - backNs) / SECOND_NS)]++;
        }
        long[] after = members.stream()
                .mapToLong(member -> member.followsSinceNs - backNs)
                .sorted()
                .toArray();
        int most = Arrays.stream(bySecond).max().orElseThrow();
        System.out.printf(
                "%d nodes after %s%s: first %.1f s, half %.1f s, last %.1f s, at most %d in a second%n",
                nodes,
                outage,
                silent ? " of silence" : "",
                after[0] / 1e9,
                after[nodes / 2] / 1e9,
                after[nodes - 1] / 1e9,
                most);
        assertTrue(most <= nodes / 5, most + " of " + nodes + " nodes come within one second");
    }
}
