package io.penstock.transport;

import java.io.IOException;

/** The connection was not upgraded. The message is fit for a log: what the other side said is printable in it. */
public final class UpgradeException extends IOException {
    private static final long serialVersionUID = 1;

    private final Reason reason;
    private final int status;

    /** What went wrong. */
    public enum Reason {
        /** The answer was another status than 101; see {@link #status}. */
        STATUS,
        /** The answer was no upgrade of this protocol. */
        OTHER_PROTOCOL,
        /** The coordinator said no in place of its handshake message. */
        REFUSED,
        /** The handshake failed: the other side has not the key it should have, or was talked over. */
        NOT_AUTHENTIC,
        /** The connection ended before there was an answer. */
        ENDED,
        /** The connection ended between the switch of protocols and the handshake, as it does for versions that are not admitted. */
        ENDED_AFTER_SWITCH
    }

    UpgradeException(Reason reason, String message) {
        this(reason, 0, message);
    }

    UpgradeException(Reason reason, int status, String message) {
        super(message);
        this.reason = reason;
        this.status = status;
    }

    public Reason reason() {
        return reason;
    }

    /** The status that came in place of 101; 0 for any other reason. */
    public int status() {
        return status;
    }
}
