package io.penstock.cli;

import io.penstock.ffm.Errno;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The shell script that started this process and waits for it at a pipe: it is told that the interface is there, and then
 * let go, so that the process stays behind alone.
 */
final class Launcher {
    private static final String READY = "ready\n";
    private static final int STANDARD_STREAMS = 3;

    private Launcher() {}

    /** @throws CommandFailure if nobody can wait at that descriptor */
    static void check(int readyFd) throws CommandFailure {
        int status = new LibC().fcntl(readyFd, FileFlags.F_GETFD, 0);
        if (status < 0) {
            throw new CommandFailure(WgEnvironment.READY_FD + "=" + readyFd + ": " + Errno.message(-status));
        }
    }

    /**
     * Gives up the streams that were the starter's, and says that the interface is ready.
     *
     * @param keepsOutput whether standard output and error stay, for the log
     */
    static void release(int readyFd, boolean keepsOutput) {
        LibC libc = new LibC();
        int nowhere = libc.open("/dev/null", FileFlags.O_RDWR | FileFlags.O_CLOEXEC, 0);
        for (int stream = 0; nowhere >= 0 && stream < STANDARD_STREAMS; stream++) {
            if (stream == 0 || !keepsOutput) {
                libc.dup2(nowhere, stream);
            }
        }
        if (nowhere >= STANDARD_STREAMS) {
            libc.close(nowhere);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom(READY);
            libc.write(readyFd, text.address(), READY.length()); // a launcher that is gone by now needs no answer
        }
        if (readyFd >= STANDARD_STREAMS) {
            libc.close(readyFd);
        }
    }
}
