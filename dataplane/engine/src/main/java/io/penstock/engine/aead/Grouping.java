package io.penstock.engine.aead;

/**
 * Sorts the packets of a batch into groups that {@link PacketGroup} takes: eight with the same number of whole chunks. Bounded: so
 * many kinds are kept at a time. Owned by one thread; allocates nothing.
 */
final class Grouping {
    /** Result of {@link #add} when all kinds are taken by others. */
    static final int NO_ROOM = -1;

    private static final int KINDS = 8;

    private final int[] chunks = new int[KINDS];
    private final int[] counts = new int[KINDS];
    private final int[] members = new int[KINDS * PacketGroup.SIZE];
    private int kinds;
    private int lastKind;

    /** Whole chunks of a packet of that length; what the packets of a group have in common. */
    static int chunks(int lengthBytes) {
        return lengthBytes / PacketGroup.CHUNK_LENGTH;
    }

    void clear() {
        kinds = 0;
        lastKind = 0;
    }

    /** Kinds met so far; some may be empty. */
    int kinds() {
        return kinds;
    }

    /** Adds packet {@code i} of the batch; returns its kind, or {@link #NO_ROOM}. */
    int add(int i, int lengthBytes) {
        int kind = kind(chunks(lengthBytes));
        if (kind != NO_ROOM) {
            members[kind * PacketGroup.SIZE + counts[kind]++] = i;
        }
        return kind;
    }

    private int kind(int ofChunks) {
        if (lastKind < kinds && chunks[lastKind] == ofChunks) {
            return lastKind; // of a superpacket all but the last are alike
        }
        for (int kind = 0; kind < kinds; kind++) {
            if (chunks[kind] == ofChunks) {
                lastKind = kind;
                return kind;
            }
        }
        if (kinds == KINDS) {
            return NO_ROOM;
        }
        lastKind = kinds;
        chunks[kinds] = ofChunks;
        counts[kinds] = 0;
        return kinds++;
    }

    boolean isFull(int kind) {
        return counts[kind] == PacketGroup.SIZE;
    }

    int count(int kind) {
        return counts[kind];
    }

    /** Index in the batch of a packet of the kind. */
    int member(int kind, int i) {
        return members[kind * PacketGroup.SIZE + i];
    }

    void empty(int kind) {
        counts[kind] = 0;
    }
}
