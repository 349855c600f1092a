package io.penstock.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void namesNumbers() {
        assertEquals("EPERM", Errno.name(Errno.EPERM));
        assertEquals("EBADFD", Errno.name(77));
        assertEquals("EHWPOISON", Errno.name(133));
        assertEquals("errno 41", Errno.name(41));
        assertEquals("errno 0", Errno.name(0));
        assertEquals("errno -5", Errno.name(-5));
        assertEquals("errno 4000", Errno.name(4000));
    }

    @Test
    void exceptionTellsWhatAndWhy() {
        ErrnoException e = new ErrnoException("open /dev/net/tun", Errno.ENOENT);
        assertEquals("open /dev/net/tun: no such file (ENOENT)", e.getMessage());
        assertEquals(Errno.ENOENT, e.errno());
    }
}
