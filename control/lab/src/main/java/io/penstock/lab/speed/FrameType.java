package io.penstock.lab.speed;

/** Frames on a control connection. The code on the wire is the position here plus one. */
enum FrameType {
    /** Server: a text for people; the server closes afterwards. */
    ERROR,
    /** Server: version (2), zero (6), token (8). */
    WELCOME,
    /** Client: a {@link TestPlan}. */
    TEST,
    /** Server: the plan is accepted, connect the streams. Empty. */
    READY,
    /** Server, on data and echo connections: this one belongs to the session. Empty. */
    ATTACHED,
    /** Client: all streams are there, go. Empty. */
    START,
    /** Server: its clock has started. Empty. */
    STARTED,
    /** Client: empty. */
    STATS_REQUEST,
    /** Server: bytes (8) and datagrams (8) over all streams so far. */
    STATS,
    /** Client: datagrams sent per stream (8 each), zeros where the server sends. */
    FINISH,
    /** Server: one {@link StreamResult} per stream. */
    RESULT;

    private static final FrameType[] ALL = values();

    byte code() {
        return (byte) (ordinal() + 1);
    }

    static FrameType of(int code) throws SpeedException {
        if (code < 1 || code > ALL.length) {
            throw new SpeedException("the other side does not speak the speed protocol (frame type " + code + ")");
        }
        return ALL[code - 1];
    }
}
