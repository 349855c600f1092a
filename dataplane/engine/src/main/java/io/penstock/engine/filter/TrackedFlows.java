package io.penstock.engine.filter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Random;

/**
 * Flows that were let out or in, and which side began each: so that answers are let in without a rule, and what was begun under a rule
 * is not taken for an answer when the rule is gone. Fixed size, no lock, nothing allocated after construction. Any thread.
 *
 * <p>A set of eight entries is chosen by the flow's name; the entry that was idle longest gives way. An entry is two words: 64 bits of
 * the name, then the state with 19 bits more of it. Both are written and read one by one, without an order between threads, and the
 * races are harmless: who finds the words of two flows in an entry sees by the 19 bits that they do not belong together, and takes the flow
 * for unknown, as if it had given way. Two threads that write the same entry leave one flow or none; two that enter the same flow at once leave it
 * twice, of which one is found and the other grows old. What is lost so is entered again by the flow's next packet.
 */
final class TrackedFlows {
    /** Flows at most. */
    static final int CAPACITY = 1 << 16;

    /** What {@link #find} returns for an unknown flow. */
    static final int UNKNOWN = -1;

    /** Time units of {@link #tick}: about a second, by a shift. */
    private static final int TICK_SHIFT = 30;

    private static final int WAYS = 8;
    private static final int SETS = CAPACITY / WAYS;

    // The state, from the top: 19 bits of the name, who began, the generation of the rules that let it in, when it was
    // last seen.
    private static final int TICK_BITS = 26;
    static final int GENERATION_BITS = 18;
    private static final int ORIGIN_SHIFT = TICK_BITS + GENERATION_BITS;
    private static final int TAG_SHIFT = ORIGIN_SHIFT + 1;
    private static final long TICK_MASK = (1L << TICK_BITS) - 1;
    private static final long GENERATION_MASK = (1L << GENERATION_BITS) - 1;
    private static final long BEGUN_HERE = 1L << ORIGIN_SHIFT;
    private static final int CLOCK_SKEW_TICKS = 60; // between the clocks that two threads have read

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words = new long[2 * CAPACITY];
    private final long[] secrets;
    private final long startNs;

    /** @param nowNs the time as all calls give it */
    TrackedFlows(Random random, long nowNs) {
        secrets = FlowKey.secrets(random);
        startNs = nowNs;
    }

    /** A flyweight that names flows of this table. */
    FlowKey key() {
        return new FlowKey(secrets);
    }

    /** The time in the units of this table. */
    int tick(long nowNs) {
        return (int) (((nowNs - startNs) >>> TICK_SHIFT) & TICK_MASK);
    }

    /** Where the flow is, or {@link #UNKNOWN}; valid until the next call that enters one. */
    int find(FlowKey flow) {
        int set = set(flow);
        for (int at = set; at < set + 2 * WAYS; at += 2) {
            if ((long) WORDS.getOpaque(words, at) == flow.first && (state(at) ^ tag(flow)) >>> TAG_SHIFT == 0) {
                return at;
            }
        }
        return UNKNOWN;
    }

    private static int set(FlowKey flow) {
        return (int) (flow.second & (SETS - 1)) * 2 * WAYS;
    }

    /** The bits of the name that are neither in the first word nor in the number of the set. */
    private static long tag(FlowKey flow) {
        return flow.second & -1L << TAG_SHIFT;
    }

    private long state(int at) {
        return (long) WORDS.getOpaque(words, at + 1);
    }

    boolean isBegunHere(int at) {
        return (state(at) & BEGUN_HERE) != 0;
    }

    /** Whether the flow was let in by these rules. */
    boolean isOfGeneration(int at, int generation) {
        return ((state(at) >>> TICK_BITS) & GENERATION_MASK) == (generation & GENERATION_MASK);
    }

    /** Whether nothing was seen of the flow for longer than {@code ticks}. */
    boolean isIdle(int at, int ticks, int now) {
        return age(state(at), now) > ticks;
    }

    private static int age(long state, int now) {
        int age = (int) ((now - (state & TICK_MASK)) & TICK_MASK);
        return age > TICK_MASK - CLOCK_SKEW_TICKS ? 0 : age;
    }

    /** Something was seen of the flow; costs no write within a unit of time. */
    void seen(int at, int now) {
        long state = state(at);
        if ((state & TICK_MASK) != now) {
            WORDS.setOpaque(words, at + 1, (state & ~TICK_MASK) | now);
        }
    }

    /** The flow was let out, and is this side's from here on. */
    void beginHere(FlowKey flow, int now) {
        put(flow, BEGUN_HERE | now);
    }

    /** The flow was let in by the rules of {@code generation}, and is the other side's from here on. */
    void beginThere(FlowKey flow, int generation, int now) {
        put(flow, (generation & GENERATION_MASK) << TICK_BITS | now);
    }

    private void put(FlowKey flow, long state) {
        int at = find(flow);
        if (at == UNKNOWN) {
            at = victim(flow, (int) (state & TICK_MASK));
            WORDS.setOpaque(words, at, flow.first);
        }
        WORDS.setOpaque(words, at + 1, tag(flow) | state);
    }

    /** The first free entry of the flow's set, or the one that was idle longest. */
    private int victim(FlowKey flow, int now) {
        int set = set(flow);
        int oldest = set;
        int oldestAge = -1;
        for (int at = set; at < set + 2 * WAYS; at += 2) {
            if ((long) WORDS.getOpaque(words, at) == 0) {
                return at;
            }
            int age = age(state(at), now);
            if (age > oldestAge) {
                oldestAge = age;
                oldest = at;
            }
        }
        return oldest;
    }

    /** Forgets all. */
    void clear() {
        for (int at = 0; at < words.length; at++) {
            WORDS.setOpaque(words, at, 0L);
        }
    }
}
