package io.penstock.ffm.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Makes TUN devices; they stay down and vanish with their descriptors. Needs root. */
@Tag("live")
class TunLiveTest {
    private final LibC libc = new LibC();

    @Test
    void opensNamesAndCloses() throws Exception {
        try (Tun tun = Tun.open("pstest%d", Tun.IFF_VNET_HDR)) {
            String name = tun.name();
            assertTrue(name.matches("pstest\\d+"), name);
            assertEquals(Tun.IFF_TUN | Tun.IFF_NO_PI | Tun.IFF_VNET_HDR, tun.flags());
            assertEquals(-Errno.EAGAIN, libc.read(tun.fd(), Memory.slab(70_000), 65_546));
            ErrnoException e = assertThrows(ErrnoException.class, () -> Tun.open(name, Tun.IFF_VNET_HDR));
            assertEquals(Errno.EBUSY, e.errno());
        }
    }

    @Test
    void takesOffloadsThatBelongTogether() throws Exception {
        try (Tun tun = Tun.open("pstest%d", Tun.IFF_VNET_HDR)) {
            int tso = Tun.TUN_F_CSUM | Tun.TUN_F_TSO4 | Tun.TUN_F_TSO6;
            assertEquals(0, tun.setOffloads(tso));
            assertEquals(-Errno.EINVAL, tun.setOffloads(Tun.TUN_F_TSO4));
            assertEquals(-Errno.EINVAL, tun.setOffloads(tso | Tun.TUN_F_USO4));
            assertEquals(0, tun.setOffloads(tso | Tun.TUN_F_USO4 | Tun.TUN_F_USO6));
        }
    }

    @Test
    void opensSeveralQueues() throws Exception {
        try (Tun one = Tun.open("pstest%d", Tun.IFF_MULTI_QUEUE);
                Tun two = Tun.open(one.name(), Tun.IFF_MULTI_QUEUE)) {
            assertEquals(one.name(), two.name());
            assertEquals(0, two.setQueue(false));
            assertEquals(0, two.setQueue(true));
        }
    }

    @Test
    void adoptsADescriptor() throws Exception {
        try (Tun tun = Tun.open("pstest%d", 0)) {
            Tun adopted = Tun.adopt(tun.fd());
            assertEquals(tun.name(), adopted.name());
            assertThrows(ErrnoException.class, () -> Tun.adopt(0));
        }
    }

    @Test
    void tellsTheNamespaceOfTheDevice() throws Exception {
        try (Tun tun = Tun.open("pstest%d", 0)) {
            int namespace = tun.deviceNamespace();
            assertNotEquals(tun.fd(), namespace);
            assertEquals(0, libc.close(namespace));
        }
    }

    @Test
    void refusesLongNames() {
        assertThrows(IllegalArgumentException.class, () -> Tun.open("0123456789abcdef", 0));
    }
}
