package io.penstock.relay.stun;

import java.util.concurrent.atomic.LongAdder;

/** What came to the server of STUN and what became of it. Thread-safe; each value only grows. */
public final class StunCounters {
    final LongAdder requests = new LongAdder();
    final LongAdder answers = new LongAdder();
    final LongAdder unknownAttributes = new LongAdder();
    final LongAdder notStun = new LongAdder();
    final LongAdder limited = new LongAdder();
    final LongAdder unsent = new LongAdder();

    /** Datagrams of any kind. */
    public long requests() {
        return requests.sum();
    }

    /** Answers with an address. */
    public long answers() {
        return answers.sum();
    }

    /** Answers that say what was not understood. */
    public long unknownAttributes() {
        return unknownAttributes.sum();
    }

    /** Datagrams that are no binding request, not answered. */
    public long notStun() {
        return notStun.sum();
    }

    /** Requests of sources that asked too often, not answered. */
    public long limited() {
        return limited.sum();
    }

    /** Answers that could not be sent at once. */
    public long unsent() {
        return unsent.sum();
    }
}
