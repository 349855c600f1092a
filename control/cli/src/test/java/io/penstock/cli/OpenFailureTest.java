package io.penstock.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenFailureTest {
    @ParameterizedTest
    @CsvSource({
        Errno.EPERM + ",sudo penstock wg wg0",
        Errno.EACCES + ",CAP_NET_ADMIN",
        Errno.ENOENT + ",modprobe tun",
        Errno.ENODEV + ",/dev/net/tun",
        Errno.EBUSY + ",ip link del wg0",
        Errno.EMFILE + ",EMFILE"
    })
    void namesTheCureForTheDevice(int errno, String cure) {
        assertSays(OpenFailure.ofDevice(new ErrnoException("create TUN device wg0", errno), "wg0", -1), cure);
    }

    @ParameterizedTest
    @CsvSource({
        "open /dev/net/tun,mode",
        "create TUN device wg0,CAP_NET_ADMIN",
        "enter the interface's namespace,CAP_SYS_ADMIN",
        "set MTU 1420,set MTU 1420"
    })
    void saysWhatWasForbidden(String operation, String missing) {
        assertSays(OpenFailure.ofDevice(new ErrnoException(operation, Errno.EPERM), "wg0", -1), missing);
        assertSays(OpenFailure.ofDevice(new ErrnoException(operation, Errno.EPERM), "wg0", 7), missing);
        assertSays(OpenFailure.ofDevice(new ErrnoException(operation, Errno.EPERM), "wg0", 7), "WG_TUN_FD=7");
    }

    @Test
    void tellsATakenNameFromABadOne() {
        assertSays(OpenFailure.ofDevice(new ErrnoException("create", Errno.EINVAL), "lo", -1), "ip link del lo");
        assertSays(OpenFailure.ofDevice(new ErrnoException("create", Errno.EINVAL), "absent0", -1), "EINVAL");
    }

    @Test
    void namesTheInheritedDescriptor() {
        assertSays(OpenFailure.ofDevice(new ErrnoException("x", Errno.EBADF), "wg0", 7), "WG_TUN_FD=7");
        assertSays(OpenFailure.ofSocket(new ErrnoException("x", Errno.ENOTSOCK), "wg0", 8), "WG_UAPI_FD=8");
    }

    @ParameterizedTest
    @CsvSource({Errno.EACCES + ",root", Errno.EADDRINUSE + ",EADDRINUSE", Errno.ENOSPC + ",ENOSPC"})
    void namesTheCureForTheSocket(int errno, String cure) {
        assertSays(OpenFailure.ofSocket(new ErrnoException("bind", errno), "wg0", -1), cure);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sixteen-bytes-xx", "a/b", "a b", "a:b", ".", "..", "tab\t", "äöüäöüäö", "wg\uFFFD"})
    void refusesNamesThatTheKernelRefuses(String name) {
        assertThrows(CommandFailure.class, () -> InterfaceName.check(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"wg0", "fifteen-bytes-x", "a.b_c=d+e-f", "wg%d", "-", "@x", "é0"})
    void takesNamesThatTheKernelTakes(String name) {
        assertDoesNotThrow(() -> InterfaceName.check(name));
    }

    private static void assertSays(CommandFailure failure, String part) {
        String text = String.valueOf(failure.getMessage());
        assertTrue(text.contains(part), text);
        assertFalse(text.contains("\n"), text);
    }
}
