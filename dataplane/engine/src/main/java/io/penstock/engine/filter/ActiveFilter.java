package io.penstock.engine.filter;

import java.util.Random;

/**
 * What the lanes of a tunnel filter by at a time: rules, and the flows that outlive them. Immutable but for the flows; made by one thread,
 * and given to the lanes between two batches.
 */
public final class ActiveFilter {
    final PacketFilter rules;
    final TrackedFlows flows;
    final int generation; // differs between any two rules that flows remember

    private ActiveFilter(PacketFilter rules, TrackedFlows flows, int generation) {
        this.rules = rules;
        this.flows = flows;
        this.generation = generation;
    }

    /**
     * The first of a tunnel.
     *
     * @param random makes the secret of the table of flows, so it must be one that nobody can guess
     * @param nowNs the time as the lanes tell it
     */
    public static ActiveFilter first(PacketFilter rules, Random random, long nowNs) {
        return new ActiveFilter(rules, new TrackedFlows(random, nowNs), 0);
    }

    /** With other rules, and the same flows. */
    public ActiveFilter with(PacketFilter otherRules) {
        int next = generation + 1;
        if (next >>> TrackedFlows.GENERATION_BITS != 0) {
            flows.clear(); // else flows of as many changes ago would pass for flows of these rules
            next = 0;
        }
        return new ActiveFilter(otherRules, flows, next);
    }
}
