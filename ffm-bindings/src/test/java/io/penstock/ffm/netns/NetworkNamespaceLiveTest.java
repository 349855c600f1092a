package io.penstock.ffm.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.netlink.Link;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Named namespaces beside those of the {@code ip} program. Needs root and iproute2. */
@Tag("live")
class NetworkNamespaceLiveTest {
    private static final String NAME = "psns" + ProcessHandle.current().pid();

    private NetworkNamespace namespace;

    @BeforeEach
    void setUp() throws Exception {
        namespace = NetworkNamespace.create(NAME);
    }

    @AfterEach
    void tearDown() throws Exception {
        namespace.close();
        NetworkNamespace.delete(NAME);
        assertFalse(NetworkNamespace.list().contains(NAME));
        assertEquals(
                Errno.ENOENT,
                assertThrows(ErrnoException.class, () -> NetworkNamespace.open(NAME))
                        .errno());
    }

    @Test
    void ipSeesOursAndWeSeeThoseOfIp() throws Exception {
        assertTrue(run("ip", "netns", "list").lines().anyMatch(line -> line.split(" ", 2)[0].equals(NAME)));
        assertTrue(run("ip", "-n", NAME, "link").contains("lo:"));
        String other = NAME + "ip";
        run("ip", "netns", "add", other);
        assertTrue(NetworkNamespace.list().containsAll(List.of(NAME, other)));
        NetworkNamespace.delete(other);
        assertFalse(run("ip", "netns", "list").contains(other));
    }

    @Test
    void refusesASecondOneOfTheName() {
        assertEquals(
                Errno.EEXIST,
                assertThrows(ErrnoException.class, () -> NetworkNamespace.create(NAME))
                        .errno());
        assertEquals(
                Errno.ENOENT,
                assertThrows(ErrnoException.class, () -> NetworkNamespace.delete(NAME + "x"))
                        .errno());
    }

    @Test
    void runsTasksInsideOnAnotherThread() throws Exception {
        String outside =
                Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
        String inside = namespace.call(() ->
                Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString());
        assertFalse(outside.equals(inside));
        assertEquals(
                outside,
                Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString());
        try (NetworkNamespace own = NetworkNamespace.current();
                NetworkNamespace process =
                        NetworkNamespace.ofProcess(ProcessHandle.current().pid())) {
            assertEquals(outside, own.call(() -> readOwn()));
            assertEquals(outside, process.call(() -> readOwn()));
        }
        assertThrows(
                IOException.class,
                () -> namespace.call(() -> {
                    throw new IOException("passed on");
                }));
    }

    @Test
    void setsSysctlsInsideOnly() throws Exception {
        Path forward = Path.of("/proc/sys/net/ipv4/ip_forward");
        String outside = read(forward);
        namespace.setSysctl("net.ipv4.ip_forward", "1");
        assertEquals("1", namespace.call(() -> read(forward)));
        namespace.setSysctl("net.ipv4.ip_forward", "0");
        assertEquals("0", namespace.call(() -> read(forward)));
        assertEquals(outside, read(forward));
        assertThrows(IOException.class, () -> namespace.setSysctl("net.ipv4.no_such_key", "1"));
        assertThrows(IllegalArgumentException.class, () -> namespace.setSysctl("kernel.hostname", "x"));
    }

    @Test
    void bringsLoopbackUp() throws Exception {
        namespace.bringLoopbackUp();
        try (Netlink netlink = namespace.netlink()) {
            Link loopback = new Links(netlink).find("lo");
            assertNotNull(loopback);
            assertTrue(loopback.isUp());
        }
    }

    /** In one read, as a sysctl wants it: Files.readString takes the first byte alone and gets no second. */
    private static String read(Path sysctl) throws IOException {
        return Files.readAllLines(sysctl).getFirst();
    }

    private static String readOwn() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
