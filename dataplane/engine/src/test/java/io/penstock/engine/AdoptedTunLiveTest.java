package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.io.LinuxTunPort;
import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.tun.Ifreq;
import io.penstock.ffm.tun.Tun;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TUN descriptors that somebody else has opened: those that work carry traffic both ways, others are refused by name. */
@Tag("live")
class AdoptedTunLiveTest {
    private static final Duration REKEY_AFTER = Duration.ofSeconds(120);
    private static final int TRANSFER_BYTES = 20 << 20;
    private static final int TIMEOUT_MS = 60_000;

    @ParameterizedTest
    @ValueSource(ints = {0, Tun.IFF_VNET_HDR})
    void carriesTraffic(int flags) throws Exception {
        try (TwoSites sites = TwoSites.openAdopting(REKEY_AFTER, flags)) {
            try (DatagramStream stream =
                    new DatagramStream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7003, 1_000)) {
                long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
                while (stream.received() < 10_000) {
                    assertTrue(
                            System.nanoTime() - deadlineNs < 0,
                            () -> sites.tunnelA().drops().toString());
                    Thread.sleep(10);
                }
            }
            transfer(sites.namespaceA(), sites.namespaceB(), "10.9.0.2");
            transfer(sites.namespaceB(), sites.namespaceA(), "10.9.0.1");
            List<String> expected = flags == 0 ? List.of("IFF_VNET_HDR") : List.of();
            List<String> complaints = sites.log().complaints();
            assertEquals(expected.size(), complaints.size(), complaints::toString);
            assertTrue(expected.isEmpty() || complaints.get(0).contains(expected.get(0)), complaints::toString);
        }
    }

    /** Someone may have asked for longer headers before: the port says how long its own are. */
    @Test
    void setsTheLengthOfTheHeader() throws Exception {
        try (Tun tun = Tun.open("", Tun.IFF_VNET_HDR)) {
            assertEquals(0, tun.setVnetHeaderSize(12));
            new LinuxTunPort(new LibC(), tun, new RecordingLogger());
            assertEquals(10, vnetHeaderSize(tun));
        }
    }

    @ParameterizedTest
    @CsvSource({
        (Tun.IFF_TAP | Tun.IFF_NO_PI) + ",TAP",
        (Tun.IFF_TAP | Tun.IFF_NO_PI | Tun.IFF_VNET_HDR) + ",TAP",
        Tun.IFF_TUN + ",IFF_NO_PI",
        (Tun.IFF_TUN | Tun.IFF_VNET_HDR) + ",IFF_NO_PI"
    })
    void refusesWhatIsNoPlainTun(int flags, String reason) throws Exception {
        for (boolean up : new boolean[] {false, true}) {
            refuses(flags, reason, up);
        }
    }

    private static void refuses(int flags, String reason, boolean up) throws Exception {
        LibC libc = new LibC();
        int fd = ErrnoException.check(libc.open("/dev/net/tun", FileFlags.O_RDWR | FileFlags.O_CLOEXEC, 0), "open");
        long ifreq = Memory.slab(Ifreq.SIZE);
        try {
            Ifreq.start(ifreq, "");
            Ifreq.flags(ifreq, flags);
            ErrnoException.check(libc.ioctl(fd, Tun.TUNSETIFF, ifreq), "TUNSETIFF");
            if (up) {
                try (Netlink netlink = Netlink.open()) {
                    Links links = new Links(netlink);
                    links.setUp(links.index(Ifreq.name(ifreq)));
                }
            }

            ErrnoException refusal = assertThrows(ErrnoException.class, () -> Tun.adopt(fd));

            assertEquals(Errno.EINVAL, refusal.errno());
            assertTrue(String.valueOf(refusal.getMessage()).contains(reason), refusal::toString);
        } finally {
            libc.close(fd);
            libc.munmap(ifreq, Ifreq.SIZE);
        }
    }

    private static int vnetHeaderSize(Tun tun) throws ErrnoException {
        LibC libc = new LibC();
        long size = Memory.slab(8);
        ErrnoException.check(libc.ioctl(tun.fd(), Tun.TUNGETVNETHDRSZ, size), "TUNGETVNETHDRSZ");
        int bytes = Memory.getInt(size);
        libc.munmap(size, 8);
        return bytes;
    }

    /** One TCP stream of random bytes; what arrives is what was sent. */
    private static void transfer(NetworkNamespace from, NetworkNamespace to, String address) throws Exception {
        byte[] bytes = new byte[TRANSFER_BYTES];
        new Random(7).nextBytes(bytes);
        try (ServerSocket server = to.call(() -> new ServerSocket(7004));
                Socket socket = from.call(Socket::new)) {
            server.setSoTimeout(TIMEOUT_MS);
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> receive(server));
            from.call(() -> {
                socket.connect(new InetSocketAddress(address, 7004), TIMEOUT_MS);
                return 0;
            });
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            socket.shutdownOutput();
            assertTrue(Arrays.equals(bytes, received.get(TIMEOUT_MS, TimeUnit.MILLISECONDS)));
        }
    }

    private static byte[] receive(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.setSoTimeout(TIMEOUT_MS);
            InputStream in = socket.getInputStream();
            return in.readNBytes(TRANSFER_BYTES + 1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
