package io.penstock.cli.live;

/** A packet outside a tunnel, as a {@link Capture} saw it. */
public final class Packet {
    private static final int MAC2_LENGTH = 16;
    private static final int DATA_OVERHEAD = 32;

    private final long timeNs;
    private final String source;
    private final String destination;
    private final boolean isFragment;
    private final byte[] payload;
    private final int payloadLength;

    /**
     * Takes over what was captured.
     *
     * @param timeNs of the kernel's clock; only differences mean something
     * @param source as {@code wg} writes an endpoint; without a port if it is not UDP
     * @param isFragment whether it is a part of a larger packet
     * @param payload of UDP, as far as captured; otherwise empty
     * @param payloadLength of UDP in bytes; with offloading, of several datagrams together
     */
    Packet(long timeNs, String source, String destination, boolean isFragment, byte[] payload, int payloadLength) {
        this.timeNs = timeNs;
        this.source = source;
        this.destination = destination;
        this.isFragment = isFragment;
        this.payload = payload;
        this.payloadLength = payloadLength;
    }

    public long timeNs() {
        return timeNs;
    }

    public String source() {
        return source;
    }

    public String destination() {
        return destination;
    }

    public boolean isFragment() {
        return isFragment;
    }

    /** The UDP payload as far as captured; a handshake message is whole. */
    public byte[] payload() {
        return payload.clone();
    }

    public int payloadLength() {
        return payloadLength;
    }

    /** The message type of WireGuard, 0 if it is none. */
    public int type() {
        return payload.length >= DATA_OVERHEAD && (payload[1] | payload[2] | payload[3]) == 0 ? payload[0] : 0;
    }

    /** Whether an initiation or response ends in something else than zeros. */
    public boolean hasMac2() {
        int type = type();
        if (payload.length != payloadLength || (type != 1 && type != 2)) {
            return false;
        }
        for (int i = payload.length - MAC2_LENGTH; i < payload.length; i++) {
            if (payload[i] != 0) {
                return true;
            }
        }
        return false;
    }

    public boolean isKeepalive() {
        return type() == 4 && payloadLength == DATA_OVERHEAD;
    }

    /** Whether this is the response to an initiation. */
    public boolean answers(Packet initiation) {
        return type() == 2 && initiation.type() == 1 && receiverIndex() == initiation.index(4);
    }

    /** Whether this puts the initiation off: who sent that has to try again with the cookie. */
    public boolean putsOff(Packet initiation) {
        return type() == 3 && initiation.type() == 1 && receiverIndex() == initiation.index(4);
    }

    /** The index that the receiver chose; 0 in an initiation. */
    public int receiverIndex() {
        return switch (type()) {
            case 2 -> index(8);
            case 3, 4 -> index(4);
            default -> 0;
        };
    }

    /** The index that the sender of a handshake message chose for itself; 0 in others. */
    public int senderIndex() {
        return type() == 1 || type() == 2 ? index(4) : 0;
    }

    private int index(int offset) {
        int value = 0;
        for (int i = 3; i >= 0; i--) {
            value = value << 8 | (payload[offset + i] & 0xff);
        }
        return value;
    }

    @Override
    public String toString() {
        return "%.3f %s > %s type %d length %d%s%s"
                .formatted(
                        timeNs % 1_000_000_000_000L / 1e9,
                        source,
                        destination,
                        type(),
                        payloadLength,
                        isFragment ? " fragment" : "",
                        hasMac2() ? " mac2" : "");
    }
}
