package io.penstock.ffm;

import java.io.IOException;

/** A set-up call that the kernel refused, with its error number. Calls on the packet path return {@code -errno}. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;

    /**
     * @param what the attempted call and its object, such as {@code "open /dev/net/tun"}
     * @param errno positive error number
     */
    public ErrnoException(String what, int errno) {
        this(what, errno, Errno.message(errno));
    }

    /** As above with another text for people: the kernel's own, or the cure. */
    public ErrnoException(String what, int errno, String detail) {
        super(what + ": " + detail + " (" + Errno.name(errno) + ")");
        this.operation = what;
        this.errno = errno;
    }

    /** The attempted call and its object, as the constructor got it. */
    public String operation() {
        return operation;
    }

    /** Positive error number. */
    public int errno() {
        return errno;
    }

    /** Passes a result {@code >= 0} on. */
    public static int check(int result, String what) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(what, -result);
        }
        return result;
    }

    /** Passes a result {@code >= 0} on. */
    public static long check(long result, String what) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(what, (int) -result);
        }
        return result;
    }
}
