package io.penstock.cli;

/** What {@code penstock} tells its caller; scripts rely on the numbers. */
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;

    /** Start the coordinator, or the daemon. */
    public static final int NOT_RUNNING = 3;

    /** Somebody has to log the node in, or to have it up. */
    public static final int NOT_LOGGED_IN = 4;

    /** Run it as root. */
    public static final int NEEDS_ROOT = 5;

    /** It may come to it yet. */
    public static final int TIMED_OUT = 6;

    /** All went well but for what was to be shown. */
    public static final int NOT_MET = 7;

    /** The coordinator knows the caller, who may not, or does not know them. */
    public static final int REFUSED = 8;

    private ExitCode() {}
}
