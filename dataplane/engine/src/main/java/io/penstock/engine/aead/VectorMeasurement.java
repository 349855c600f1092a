package io.penstock.engine.aead;

import org.jspecify.annotations.Nullable;

/**
 * What a comparison of the vector kernels with another engine gave. Immutable.
 *
 * @param allocatedBytes by the kernels, which must be 0
 * @param lengths bytes of the packets measured
 * @param groupNs what a group of them takes by the kernels, whether full or not
 * @param packetNs what one of them takes by the other engine
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record VectorMeasurement(long allocatedBytes, int[] lengths, long[] groupNs, long[] packetNs) {
    /**
     * When to use the kernels, or null if never.
     *
     * @param margin the part of the other engine's time that they have to stay below
     */
    @Nullable BreakEven breakEven(double margin) {
        if (allocatedBytes > 0) {
            return null;
        }
        BreakEven table = BreakEven.of(lengths, groupNs, packetNs, margin);
        return table.paysSomewhere() ? table : null;
    }

    /** For a log. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(120);
        for (int i = 0; i < lengths.length; i++) {
            text.append(groupNs[i] / PacketGroup.SIZE)
                    .append(" ns against ")
                    .append(packetNs[i])
                    .append(" for ")
                    .append(lengths[i])
                    .append(" bytes, ");
        }
        return text.append(allocatedBytes).append(" bytes of garbage").toString();
    }
}
