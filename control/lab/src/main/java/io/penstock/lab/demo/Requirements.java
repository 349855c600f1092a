package io.penstock.lab.demo;

import io.penstock.lab.demo.DemoException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What the machine must allow, checked before anything is made. */
final class Requirements {
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final List<Path> NFT = List.of(
            Path.of("/usr/sbin/nft"), Path.of("/sbin/nft"), Path.of("/usr/bin/nft"), Path.of("/usr/local/sbin/nft"));
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;

    private Requirements() {}

    static void check() throws DemoException {
        checkRoot();
        checkTun();
        if (!Files.exists(Path.of("/proc/self/ns/net"))) {
            throw new DemoException(
                    Reason.FAILED, "this kernel has no network namespaces (CONFIG_NET_NS): use another one");
        }
    }

    /** Only this, for the cleanup. */
    static void checkRoot() throws DemoException {
        long capabilities = effectiveCapabilities();
        if ((capabilities >>> CAP_NET_ADMIN & 1) == 0 || (capabilities >>> CAP_SYS_ADMIN & 1) == 0) {
            throw new DemoException(
                    Reason.NEEDS_ROOT,
                    "needs root, to make network namespaces (CAP_NET_ADMIN and CAP_SYS_ADMIN):"
                            + " run it as 'sudo ./penstock demo'; in a container, start that with --privileged");
        }
    }

    /** The program that gateways set their rules with, and the demo cuts lines with. */
    static void checkNft() throws DemoException {
        if (NFT.stream().noneMatch(Files::isExecutable)) {
            throw new DemoException(
                    Reason.FAILED,
                    "needs the program nft, as every gateway does, which is in none of " + NFT
                            + ": install the package nftables");
        }
    }

    private static void checkTun() throws DemoException {
        try {
            FileChannel.open(TUN, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    .close();
        } catch (IOException e) {
            String cure = Files.exists(TUN)
                    ? "the kernel has no TUN driver: run 'modprobe tun'"
                    : "make it: 'mkdir -p /dev/net && mknod /dev/net/tun c 10 200'; in a container, start that with"
                            + " --device /dev/net/tun";
            throw new DemoException(Reason.FAILED, TUN + " cannot be opened, " + cure, e);
        }
    }

    private static long effectiveCapabilities() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("CapEff:"))
                    .mapToLong(line -> Long.parseUnsignedLong(
                            line.substring("CapEff:".length()).strip(), 16))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
