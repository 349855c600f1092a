package io.penstock.lab.terminal;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.terminal.TerminalDevice;
import io.penstock.ffm.terminal.WinSize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole terminal for one picture, from {@link #open} to {@link #close}: the alternate screen, no cursor, keys at once. It is
 * given back at every end: by {@link #close}, by a shutdown hook, and by a guarding process if this one is killed.
 *
 * <p>{@link #show}, {@link #key} and {@link #size} belong to one thread; {@link #close} may be called by any, and is idempotent.
 */
public final class Screen implements AutoCloseable {
    /** What {@link #key} returns when no key was pressed. */
    public static final int NO_KEY = -1;

    /** What {@link #key} returns when there is nobody left to press one. */
    public static final int HANG_UP = -2;

    private static final WinSize CLASSIC = new WinSize(80, 24);
    private static final String ENTER = "\033[?1049h\033[?25l\033[?7l\033[2J";
    private static final String LEAVE = "\\033[0m\\033[?7h\\033[?25h\\033[?1049l";
    private static final String BEGIN_FRAME =
            "\033[?2026h"; // terminals that know it show a frame at once; others skip it
    private static final String END_FRAME = "\033[0m\033[?2026l";
    private static final int KEYS_LENGTH = 256;
    private static final int ESCAPE = 0x1b;

    private final int in;
    private final int out;
    private final byte[] modeBefore;
    private final Arena arena = Arena.ofAuto(); // as long as this object
    private final long pollFd = arena.allocate(PollFd.SIZE, 8).address();
    private final long keys = arena.allocate(KEYS_LENGTH).address();
    private final @Nullable TerminalGuard guard;
    private final Thread hook = Thread.ofPlatform().name("terminal-restore").unstarted(this::leave);
    private final List<String> shown = new ArrayList<>();
    private final LibC libc = new LibC();
    private WinSize shownSize = CLASSIC;
    private boolean hasLeft; // guarded by this

    private Screen(int in, int out, byte[] modeBefore, @Nullable TerminalGuard guard) {
        this.in = in;
        this.out = out;
        this.modeBefore = modeBefore;
        this.guard = guard;
    }

    /** Whether standard input and output are a terminal. */
    public static boolean isPossible() {
        return TerminalDevice.isTerminal(0) && TerminalDevice.isTerminal(1);
    }

    /**
     * Takes over standard input and output.
     *
     * @param farewell a line that the user sees if this process is killed
     */
    public static Screen open(String farewell) throws IOException {
        return open(0, 1, TerminalGuard.start(LEAVE, farewell));
    }

    static Screen open(int in, int out, @Nullable TerminalGuard guard) throws IOException {
        TerminalDevice device = TerminalDevice.of(in);
        byte[] mode = device.mode();
        Screen screen = new Screen(in, out, mode, guard);
        Runtime.getRuntime().addShutdownHook(screen.hook);
        device.setMode(TerminalDevice.keyByKey(mode));
        if (guard != null) {
            guard.taken();
        }
        screen.write(ENTER);
        return screen;
    }

    /** The terminal's size now; 80 by 24 if it does not know. */
    public WinSize size() {
        try {
            WinSize size = TerminalDevice.of(out).size();
            return size.columns() == 0 || size.rows() == 0 ? CLASSIC : size;
        } catch (ErrnoException e) {
            return CLASSIC;
        }
    }

    /**
     * Shows a picture; only lines that differ are sent, all in one write.
     *
     * @param lines at most as many, and as wide, as {@link #size} says; they may hold colours
     */
    public synchronized void show(List<String> lines, WinSize size) throws IOException {
        if (hasLeft) {
            return;
        }
        StringBuilder frame = new StringBuilder(BEGIN_FRAME);
        int start = frame.length();
        if (!size.equals(shownSize)) {
            frame.append("\033[2J");
            shown.clear();
            shownSize = size;
        }
        for (int row = 0; row < Math.max(lines.size(), shown.size()); row++) {
            String line = row < lines.size() ? lines.get(row) : "";
            if (row >= shown.size() || !shown.get(row).equals(line)) {
                // Erased first: behind a line of full width the cursor stands on its last character.
                frame.append("\033[").append(row + 1).append(";1H\033[0m\033[K").append(line);
            }
        }
        shown.clear();
        shown.addAll(lines);
        if (frame.length() > start) {
            write(frame.append(END_FRAME).toString());
        }
    }

    /** Waits for a key; sequences of function keys are skipped. */
    public int key(long timeoutNs) throws IOException {
        PollFd.set(pollFd, in, PollFd.POLLIN);
        int ready = libc.poll(pollFd, 1, (int) Math.max(0, timeoutNs / 1_000_000));
        if (ready == 0 || ready == -Errno.EINTR) {
            return NO_KEY;
        }
        ErrnoException.check(ready, "wait for a key");
        int length = libc.read(in, keys, KEYS_LENGTH);
        if (length <= 0) {
            return length == -Errno.EINTR || length == -Errno.EAGAIN ? NO_KEY : HANG_UP;
        }
        int key = Memory.getByte(keys) & 0xff;
        return key == ESCAPE && length > 1 ? NO_KEY : key;
    }

    /** Gives the terminal back as it was. */
    @Override
    public void close() {
        leave();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM stops: the hook finds nothing to do
        }
    }

    private synchronized void leave() {
        if (hasLeft) {
            return;
        }
        hasLeft = true;
        try {
            TerminalDevice.of(in).setMode(modeBefore);
            write(LEAVE.replace("\\033", "\033"));
        } catch (IOException e) {
            // the terminal is gone: there is nothing to give back
        }
        if (guard != null) {
            guard.close();
        }
    }

    private void write(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        LibC own = new LibC(); // show and leave run on different threads
        try (Arena frame = Arena.ofConfined()) {
            long address = frame.allocate(bytes.length).address();
            Memory.copy(bytes, 0, address, bytes.length);
            int written = 0;
            while (written < bytes.length) {
                int n = own.write(out, address + written, bytes.length - written);
                if (n == -Errno.EAGAIN) {
                    awaitWritable(own, frame);
                } else if (n != -Errno.EINTR) {
                    written += ErrnoException.check(n, "write to the terminal");
                }
            }
        }
    }

    private void awaitWritable(LibC own, Arena arena) {
        long writable = arena.allocate(PollFd.SIZE, 8).address();
        PollFd.set(writable, out, PollFd.POLLOUT);
        own.poll(writable, 1, 1000);
    }
}
