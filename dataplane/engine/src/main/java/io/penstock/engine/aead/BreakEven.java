package io.penstock.engine.aead;

/**
 * From how many packets on a group is cheaper than sealing or opening them one by one, by the whole chunks of a packet; a group costs
 * the same for one packet as for eight. Made of costs that were measured at a few lengths, in between by proportion. Immutable.
 */
final class BreakEven {
    /** More packets than a group has: never. */
    static final int NEVER = PacketGroup.SIZE + 1;

    /** Packets of this many chunks and more are alike: what a packet costs beside its chunks is no longer seen. */
    private static final int CHUNKS = 32;

    private final byte[] packets = new byte[CHUNKS + 1];
    private final int least;

    private BreakEven(int[] lengths, long[] groupNs, long[] packetNs, double margin) {
        int smallest = NEVER;
        for (int chunks = 0; chunks <= CHUNKS; chunks++) {
            double group = at(chunks, lengths, groupNs);
            double packet = at(chunks, lengths, packetNs) * margin;
            int count = 1;
            while (count < NEVER && count * packet < group) {
                count++;
            }
            packets[chunks] = (byte) count;
            smallest = Math.min(smallest, count);
        }
        least = smallest;
    }

    /**
     * The table for what was measured.
     *
     * @param lengths bytes of the packets measured, increasing, at least two whose chunks differ
     * @param groupNs cost of a group at each of them
     * @param packetNs cost of one packet by the other engine
     * @param margin a group has to take less than this part of the other engine's time
     */
    static BreakEven of(int[] lengths, long[] groupNs, long[] packetNs, double margin) {
        return new BreakEven(lengths, groupNs, packetNs, margin);
    }

    /** By the straight line through the two measurements beside it; below the first as at the first, which is cautious. */
    private static double at(int chunks, int[] lengths, long[] costNs) {
        int right = 1;
        while (right < lengths.length - 1 && Grouping.chunks(lengths[right]) < chunks) {
            right++;
        }
        int left = right - 1;
        double x = Grouping.chunks(lengths[left]);
        double slope = (costNs[right] - costNs[left]) / (Grouping.chunks(lengths[right]) - x);
        return costNs[left] + slope * Math.max(0, chunks - x);
    }

    /** Packets that make a group of so many chunks pay, 1 to 8, or {@link #NEVER}. */
    int packets(int chunks) {
        return packets[Math.min(chunks, CHUNKS)];
    }

    /** The smallest of all. */
    int least() {
        return least;
    }

    boolean paysSomewhere() {
        return least < NEVER;
    }

    /** For a log: the packets needed at the lengths that matter. */
    @Override
    public String toString() {
        return "groups from %s of 64, %s of 512, %s of 1420 bytes"
                .formatted(word(packets(1)), word(packets(8)), word(packets(22)));
    }

    private static String word(int count) {
        return count == NEVER ? "none" : Integer.toString(count);
    }
}
