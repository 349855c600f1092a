package io.penstock.protocol.stun;

/** From where else than it was asked at a server is to answer, so that a client sees what its NAT lets in. RFC 5780 section 7.2. */
public enum Change {
    NOTHING(0),
    PORT(0x2),
    ADDRESS(0x4),
    ADDRESS_AND_PORT(0x6);

    private static final int KNOWN = 0x6;

    private final int flags;

    Change(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }

    /** Flags that nobody has defined are ignored. */
    static Change of(int flags) {
        for (Change change : values()) {
            if (change.flags == (flags & KNOWN)) {
                return change;
            }
        }
        throw new AssertionError("all four are there");
    }

    public boolean isOfAddress() {
        return (flags & ADDRESS.flags) != 0;
    }

    public boolean isOfPort() {
        return (flags & PORT.flags) != 0;
    }
}
