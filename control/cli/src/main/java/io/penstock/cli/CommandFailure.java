package io.penstock.cli;

/**
 * A command gives up for a reason that the user can do something about. The message is one line: what failed, why, and
 * the cure; no stack trace is shown.
 */
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public CommandFailure(String message) {
        this(message, ExitCode.FAILED);
    }

    /** @param exitCode one of {@link ExitCode} */
    public CommandFailure(String message, int exitCode) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
