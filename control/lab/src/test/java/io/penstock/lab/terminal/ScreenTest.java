package io.penstock.lab.terminal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.terminal.TerminalDevice;
import io.penstock.ffm.terminal.Termios;
import io.penstock.ffm.terminal.WinSize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A screen on a pseudoterminal, of which the test holds the other end. */
class ScreenTest {
    private static final int NO_CONTROLLING_TERMINAL = 0x100; // O_NOCTTY
    private static final long SECOND_NS = 1_000_000_000L;
    private static final WinSize SMALL = new WinSize(20, 3);

    private final LibC libc = new LibC();
    private final Arena arena = Arena.ofConfined();
    private final long buffer = arena.allocate(65_536).address();
    private int master;
    private int terminal;
    private byte[] modeBefore;

    @BeforeEach
    void openTerminal() throws IOException {
        master = libc.open("/dev/ptmx", FileFlags.O_RDWR | FileFlags.O_CLOEXEC, 0);
        assertEquals(0, libc.ioctl(master, Termios.TIOCSPTLCK, zero()));
        assertEquals(0, libc.ioctl(master, Termios.TIOCGPTN, buffer));
        terminal = libc.open(
                "/dev/pts/" + Memory.getInt(buffer),
                FileFlags.O_RDWR | FileFlags.O_CLOEXEC | NO_CONTROLLING_TERMINAL,
                0);
        modeBefore = TerminalDevice.of(terminal).mode();
    }

    @AfterEach
    void close() {
        libc.close(terminal);
        libc.close(master);
        arena.close();
    }

    @Test
    void givesBackWhatItTook() throws IOException {
        Screen screen = open();
        assertTrue(read().startsWith("\033[?1049h\033[?25l"));
        assertFalse(
                java.util.Arrays.equals(modeBefore, TerminalDevice.of(terminal).mode()));

        screen.close();
        screen.close();

        assertEquals("\033[0m\033[?7h\033[?25h\033[?1049l", read());
        assertArrayEquals(modeBefore, TerminalDevice.of(terminal).mode());
    }

    @Test
    void sendsOnlyLinesThatDiffer() throws IOException {
        try (Screen screen = open()) {
            screen.show(List.of("one", "two", "three"), SMALL);
            read();

            screen.show(List.of("one", "TWO", "three"), SMALL);
            assertEquals("\033[?2026h\033[2;1H\033[0m\033[KTWO\033[0m\033[?2026l", read());

            screen.show(List.of("one", "TWO", "three"), SMALL);
            screen.show(List.of("one"), SMALL);
            String rest = read();
            assertTrue(rest.contains("\033[2;1H\033[0m\033[K\033[3;1H\033[0m\033[K\033[0m"), rest);
            assertFalse(rest.contains("one"), rest);
        }
    }

    @Test
    void drawsAllOfItAfterAResize() throws IOException {
        try (Screen screen = open()) {
            screen.show(List.of("one", "two"), SMALL);
            read();
            screen.show(List.of("one", "two"), new WinSize(30, 5));

            String frame = read();
            assertTrue(frame.contains("\033[2J") && frame.contains("one") && frame.contains("two"), frame);
        }
    }

    @Test
    void knowsTheSizeAndTheClassicOneIfNobodySaysIt() throws IOException {
        try (Screen screen = open()) {
            assertEquals(new WinSize(80, 24), screen.size());
            Memory.putLong(buffer, 0);
            Memory.putShort(buffer + WinSize.ROW_OFFSET, (short) 40);
            Memory.putShort(buffer + WinSize.COL_OFFSET, (short) 120);
            assertEquals(0, libc.ioctl(master, Termios.TIOCSWINSZ, buffer));
            assertEquals(new WinSize(120, 40), screen.size());
        }
    }

    @Test
    void takesKeysAtOnceAndSkipsFunctionKeys() throws IOException {
        try (Screen screen = open()) {
            assertEquals(Screen.NO_KEY, screen.key(0));
            type("q");
            assertEquals('q', screen.key(10 * SECOND_NS));
            type("\033[A");
            assertEquals(Screen.NO_KEY, screen.key(10 * SECOND_NS));
            type("\033");
            assertEquals(27, screen.key(10 * SECOND_NS));
            read();
            assertEquals(Screen.NO_KEY, screen.key(0), "keys are not echoed");
        }
    }

    @Test
    void noticesThatTheTerminalIsGone() throws IOException {
        Screen screen = open();
        libc.close(master);
        assertEquals(Screen.HANG_UP, screen.key(10 * SECOND_NS));
        screen.close();
        master = libc.open("/dev/null", FileFlags.O_RDWR | FileFlags.O_CLOEXEC, 0);
    }

    private Screen open() throws IOException {
        return Screen.open(terminal, terminal, null);
    }

    private void type(String keys) {
        byte[] bytes = keys.getBytes(StandardCharsets.US_ASCII);
        Memory.copy(bytes, 0, buffer, bytes.length);
        assertEquals(bytes.length, libc.write(master, buffer, bytes.length));
    }

    /** What was written to the terminal and not read yet. */
    private String read() {
        StringBuilder text = new StringBuilder();
        try (Arena own = Arena.ofConfined()) {
            long pollFd = own.allocate(PollFd.SIZE, 8).address();
            PollFd.set(pollFd, master, PollFd.POLLIN);
            while (libc.poll(pollFd, 1, 100) > 0) {
                int length = libc.read(master, buffer, 65_536);
                text.append(new String(Memory.bytes(buffer, length), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    private long zero() {
        Memory.putLong(buffer, 0);
        return buffer;
    }
}
