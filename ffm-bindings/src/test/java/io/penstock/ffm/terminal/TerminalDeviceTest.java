package io.penstock.ffm.terminal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TerminalDeviceTest {
    private final LibC libc = new LibC();
    private final int master = libc.open("/dev/ptmx", FileFlags.O_RDWR | FileFlags.O_CLOEXEC, 0);
    private final int terminal = openTerminal();

    @AfterEach
    void close() {
        libc.close(terminal);
        libc.close(master);
    }

    private int openTerminal() {
        try (Arena arena = Arena.ofConfined()) {
            long number = arena.allocate(4, 4).address();
            assertEquals(0, libc.ioctl(master, Termios.TIOCSPTLCK, number));
            assertEquals(0, libc.ioctl(master, Termios.TIOCGPTN, number));
            int noctty = 0x100;
            return libc.open("/dev/pts/" + Memory.getInt(number), FileFlags.O_RDWR | FileFlags.O_CLOEXEC | noctty, 0);
        }
    }

    @Test
    void knowsATerminal() {
        int file = libc.open("/dev/null", FileFlags.O_RDWR | FileFlags.O_CLOEXEC, 0);

        assertTrue(TerminalDevice.isTerminal(terminal));
        assertFalse(TerminalDevice.isTerminal(file));
        assertThrows(ErrnoException.class, () -> TerminalDevice.of(file).mode());
        libc.close(file);
    }

    @Test
    void tellsTheSize() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            long size = arena.allocate(WinSize.SIZE).address();
            Memory.putShort(size + WinSize.ROW_OFFSET, (short) 40);
            Memory.putShort(size + WinSize.COL_OFFSET, (short) 121);
            assertEquals(0, libc.ioctl(master, Termios.TIOCSWINSZ, size));
        }

        assertEquals(new WinSize(121, 40), TerminalDevice.of(terminal).size());
    }

    @Test
    void givesKeysAtOnceAndTheModeBack() throws ErrnoException {
        TerminalDevice device = TerminalDevice.of(terminal);
        byte[] before = device.mode();
        assertTrue((localFlags(before) & (Termios.ICANON | Termios.ECHO)) != 0);

        device.setMode(TerminalDevice.keyByKey(before));
        byte[] changed = device.mode();
        device.setMode(before);

        assertEquals(Termios.ISIG, localFlags(changed) & (Termios.ICANON | Termios.ECHO | Termios.ISIG));
        assertArrayEquals(before, device.mode());
    }

    private static int localFlags(byte[] mode) {
        return ByteBuffer.wrap(mode).order(ByteOrder.nativeOrder()).getInt(Termios.LFLAG_OFFSET);
    }
}
