package io.penstock.ffm.terminal;

/**
 * {@code struct winsize} of asm/termios.h: how many characters a terminal shows.
 *
 * @param columns 0 if nobody has told the terminal
 * @param rows 0 if nobody has told the terminal
 */
public record WinSize(int columns, int rows) {
    public static final int SIZE = 8;
    public static final int ROW_OFFSET = 0;
    public static final int COL_OFFSET = 2;
}
