package io.penstock.lab.demo;

/** The demo cannot go on; the message is for the user: what, why, and the cure. */
public final class DemoException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of failure it is. */
    public enum Reason {
        NEEDS_ROOT,
        FAILED,
        /** Traffic ran, but the gateways did not count it. */
        NOT_THROUGH_TUNNEL
    }

    private final Reason reason;

    public DemoException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public DemoException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
