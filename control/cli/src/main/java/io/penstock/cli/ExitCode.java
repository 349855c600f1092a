package io.penstock.cli;

/** What {@code penstock} tells its caller; scripts rely on the numbers. */
public final class ExitCode {
    public static final int OK = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;

    private ExitCode() {}
}
