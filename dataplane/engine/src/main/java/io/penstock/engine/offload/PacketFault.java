package io.penstock.engine.offload;

/**
 * Why an inner packet, or the offload header before it, cannot be used. Packet code returns {@link #code()}, a negative
 * number; the caller turns it into its drop counter by {@link #of(int)}.
 */
public enum PacketFault {
    /** Fewer bytes than the smallest header of its IP version. */
    TOO_SHORT,
    /** The first nibble is neither 4 nor 6. */
    NOT_IP,
    /** The length field says more than there is, or less than the IP header. */
    BAD_LENGTH,
    /** The virtio header asks for something that the packet contradicts, or for an offload that was not negotiated. */
    BAD_OFFLOAD;

    private static final PacketFault[] FAULTS = values();

    /** The negative result that stands for this fault. */
    public int code() {
        return -1 - ordinal();
    }

    /** The fault behind a negative result of this package. */
    public static PacketFault of(int code) {
        return FAULTS[-1 - code];
    }
}
