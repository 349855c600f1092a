package io.penstock.ffm.terminal;

/** {@code struct termios} of asm/termbits.h, the kernel's own (that of the C library is longer), and what is used of its flags. */
public final class Termios {
    public static final int SIZE = 36;
    public static final int IFLAG_OFFSET = 0;
    public static final int LFLAG_OFFSET = 12;
    public static final int CC_OFFSET = 17;

    public static final int IXON = 0x400;

    public static final int ISIG = 1;
    public static final int ICANON = 2;
    public static final int ECHO = 8;

    public static final int VQUIT = 1;
    public static final int VTIME = 5;
    public static final int VMIN = 6;
    public static final int VSUSP = 10;

    public static final int TCGETS = 0x5401;
    public static final int TCSETS = 0x5402;
    public static final int TIOCGWINSZ = 0x5413;
    public static final int TIOCSWINSZ = 0x5414;
    public static final int TIOCGPTN = 0x80045430;
    public static final int TIOCSPTLCK = 0x40045431;

    private Termios() {}
}
