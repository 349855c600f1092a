package io.penstock.wireguard.peer;

import java.util.Arrays;

/**
 * When each peer is to be visited next: a binary heap over the slots of the peers, with the place of each slot, so that
 * setting a deadline costs a few compares with ten thousand peers. Owned by the control agent.
 */
public final class PeerDeadlines {
    private static final int ABSENT = -1;

    private int[] heap = new int[16]; // slots, earliest first
    private int size;
    private long[] deadlines = new long[16]; // by slot
    private int[] places = filled(16); // by slot: where in the heap, or ABSENT

    /** Sets or moves the deadline of a slot; {@link PeerTimers#NONE} removes it. */
    public void set(int slot, long deadlineNs) {
        if (slot >= places.length) {
            int capacity = Math.max(slot + 1, 2 * places.length);
            int known = places.length;
            deadlines = Arrays.copyOf(deadlines, capacity);
            places = Arrays.copyOf(places, capacity);
            Arrays.fill(places, known, capacity, ABSENT);
        }
        int place = places[slot];
        if (deadlineNs == PeerTimers.NONE) {
            if (place != ABSENT) {
                remove(place);
            }
            return;
        }
        deadlines[slot] = deadlineNs;
        if (place == ABSENT) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            place = size++;
            put(place, slot);
        }
        siftDown(siftUp(place));
    }

    /** The earliest deadline, or {@link PeerTimers#NONE}. */
    public long earliestNs() {
        return size == 0 ? PeerTimers.NONE : deadlines[heap[0]];
    }

    /** The slot with the earliest deadline, if that has come; else -1. */
    public int due(long nowNs) {
        return size > 0 && nowNs - deadlines[heap[0]] >= 0 ? heap[0] : -1;
    }

    private void remove(int place) {
        places[heap[place]] = ABSENT;
        size--;
        if (place < size) {
            put(place, heap[size]);
            siftDown(siftUp(place));
        }
    }

    private int siftUp(int from) {
        int place = from;
        int slot = heap[place];
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (!isEarlier(slot, heap[parent])) {
                break;
            }
            put(place, heap[parent]);
            place = parent;
        }
        put(place, slot);
        return place;
    }

    private void siftDown(int from) {
        int place = from;
        int slot = heap[place];
        while (true) {
            int child = 2 * place + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && isEarlier(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isEarlier(heap[child], slot)) {
                break;
            }
            put(place, heap[child]);
            place = child;
        }
        put(place, slot);
    }

    private boolean isEarlier(int one, int other) {
        return deadlines[one] - deadlines[other] < 0; // by subtraction: nanoTime may wrap
    }

    private void put(int place, int slot) {
        heap[place] = slot;
        places[slot] = place;
    }

    private static int[] filled(int length) {
        int[] places = new int[length];
        Arrays.fill(places, ABSENT);
        return places;
    }
}
