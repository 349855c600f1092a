package io.penstock.cli;

/**
 * A command gives up for a reason that the user can do something about. The message is one line: what failed, why, and
 * the cure; no stack trace is shown.
 */
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public CommandFailure(String message) {
        super(message, null, false, false);
    }
}
