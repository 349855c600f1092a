package io.penstock.engine.offload;

import java.util.Arrays;

/**
 * The open items of a batch by the hash of their flow: four places per set, the oldest gives way. A flow that lost its place only
 * loses the chance to be merged with, never its order. Owned by the {@link Coalescer}.
 */
final class FlowTable {
    static final int WAYS = 4;
    static final int CAPACITY = 64 * WAYS;
    static final int NONE = -1;

    private final int[] items = new int[CAPACITY];
    private int used;

    FlowTable() {
        Arrays.fill(items, NONE);
    }

    void clear() {
        if (used > 0) {
            Arrays.fill(items, NONE);
            used = 0;
        }
    }

    boolean isEmpty() {
        return used == 0;
    }

    /** First place of the set for a hash; the set is this one and the next three. */
    int set(int hash) {
        return (hash & CAPACITY / WAYS - 1) * WAYS;
    }

    /** The item at a place, or {@link #NONE}. */
    int item(int place) {
        return items[place];
    }

    void close(int place) {
        items[place] = NONE;
    }

    /** Puts an item of a flow that has none in the set: a free place, else that of the oldest item. */
    void open(int set, int item) {
        int victim = set;
        for (int place = set; place < set + WAYS; place++) {
            if (items[place] == NONE) {
                victim = place;
                break;
            }
            if (items[place] < items[victim]) {
                victim = place;
            }
        }
        items[victim] = item;
        used++;
    }
}
