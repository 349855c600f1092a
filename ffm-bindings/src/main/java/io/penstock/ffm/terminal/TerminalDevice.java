package io.penstock.ffm.terminal;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A terminal by its descriptor, which stays its owner's. Stateless; any thread. */
public final class TerminalDevice {
    private final int fd;

    private TerminalDevice(int fd) {
        this.fd = fd;
    }

    public static TerminalDevice of(int fd) {
        return new TerminalDevice(fd);
    }

    /** Whether there is a terminal behind a descriptor. */
    public static boolean isTerminal(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            long modes = arena.allocate(Termios.SIZE).address();
            return new LibC().ioctl(fd, Termios.TCGETS, modes) >= 0;
        }
    }

    /** Its mode, a {@code struct termios}: to be given back to {@link #setMode} afterwards. */
    public byte[] mode() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long termios = arena.allocate(Termios.SIZE).address();
            ErrnoException.check(new LibC().ioctl(fd, Termios.TCGETS, termios), "get the terminal's mode");
            return Memory.bytes(termios, Termios.SIZE);
        }
    }

    public void setMode(byte[] mode) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long termios = arena.allocate(Termios.SIZE).address();
            Memory.copy(mode, 0, termios, Termios.SIZE);
            ErrnoException.check(new LibC().ioctl(fd, Termios.TCSETS, termios), "set the terminal's mode");
        }
    }

    public WinSize size() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long size = arena.allocate(WinSize.SIZE).address();
            ErrnoException.check(new LibC().ioctl(fd, Termios.TIOCGWINSZ, size), "get the terminal's size");
            return new WinSize(
                    Short.toUnsignedInt(Memory.getShort(size + WinSize.COL_OFFSET)),
                    Short.toUnsignedInt(Memory.getShort(size + WinSize.ROW_OFFSET)));
        }
    }

    /**
     * A mode changed so that each key is there at once and is not shown. Ctrl-C still interrupts; Ctrl-Z and Ctrl-\ do nothing,
     * for they would leave the terminal like this.
     */
    public static byte[] keyByKey(byte[] mode) {
        byte[] changed = mode.clone();
        ByteBuffer termios = ByteBuffer.wrap(changed).order(ByteOrder.nativeOrder());
        termios.putInt(Termios.IFLAG_OFFSET, termios.getInt(Termios.IFLAG_OFFSET) & ~Termios.IXON);
        termios.putInt(
                Termios.LFLAG_OFFSET,
                (termios.getInt(Termios.LFLAG_OFFSET) & ~(Termios.ICANON | Termios.ECHO)) | Termios.ISIG);
        changed[Termios.CC_OFFSET + Termios.VMIN] = 1;
        changed[Termios.CC_OFFSET + Termios.VTIME] = 0;
        changed[Termios.CC_OFFSET + Termios.VSUSP] = 0; // _POSIX_VDISABLE
        changed[Termios.CC_OFFSET + Termios.VQUIT] = 0;
        return changed;
    }
}
