package io.penstock.lab.speed;

import java.nio.ByteBuffer;

/** First bytes of every connection to a server; layout in the package comment. */
record Hello(int version, Role role, int stream, long token) {
    static final int LENGTH = 24;
    static final int VERSION = 1;

    private static final long MAGIC = 0x50_45_4e_53_50_45_45_44L; // "PENSPEED"

    /** What a connection is for. */
    enum Role {
        CONTROL,
        DATA,
        ECHO
    }

    static ByteBuffer encode(Role role, int stream, long token) {
        return ByteBuffer.allocate(LENGTH)
                .putLong(MAGIC)
                .putShort((short) VERSION)
                .put((byte) (role.ordinal() + 1))
                .put((byte) 0)
                .putInt(stream)
                .putLong(token)
                .flip();
    }

    /** Reads a Hello of any version; what is no Hello throws. */
    static Hello decode(ByteBuffer bytes) throws SpeedException {
        if (bytes.remaining() != LENGTH || bytes.getLong() != MAGIC) {
            throw new SpeedException("not a speed client");
        }
        int version = Short.toUnsignedInt(bytes.getShort());
        int role = bytes.get();
        bytes.get();
        if (role < 1 || role > Role.values().length) {
            throw new SpeedException("unknown role " + role);
        }
        return new Hello(version, Role.values()[role - 1], bytes.getInt(), bytes.getLong());
    }
}
