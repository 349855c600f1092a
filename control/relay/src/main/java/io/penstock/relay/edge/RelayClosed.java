package io.penstock.relay.edge;

import io.penstock.relay.core.CloseReason;

/** The connection is finished, by a fault of the other end. Has no stack: it is no surprise. */
final class RelayClosed extends Exception {
    private static final long serialVersionUID = 1;

    private final CloseReason reason;

    RelayClosed(CloseReason reason) {
        super(reason.toString(), null, false, false);
        this.reason = reason;
    }

    CloseReason reason() {
        return reason;
    }
}
