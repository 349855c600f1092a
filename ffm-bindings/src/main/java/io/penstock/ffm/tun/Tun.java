package io.penstock.ffm.tun;

import static io.penstock.ffm.FileFlags.F_GETFL;
import static io.penstock.ffm.FileFlags.F_SETFL;
import static io.penstock.ffm.FileFlags.O_CLOEXEC;
import static io.penstock.ffm.FileFlags.O_NONBLOCK;
import static io.penstock.ffm.FileFlags.O_RDWR;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/**
 * One queue of a TUN device, linux/if_tun.h. Its set-up calls belong to one thread; the packet path uses {@link #fd} with its own
 * {@link LibC}. The descriptor is non-blocking and stays valid when the device moves to another network namespace.
 */
public final class Tun implements AutoCloseable {
    public static final int TUNSETPERSIST = 0x400454cb;
    public static final int TUNSETIFF = 0x400454ca;
    public static final int TUNGETFEATURES = 0x800454cf;
    public static final int TUNSETOFFLOAD = 0x400454d0;
    public static final int TUNGETIFF = 0x800454d2;
    public static final int TUNSETSNDBUF = 0x400454d4;
    public static final int TUNGETVNETHDRSZ = 0x800454d7;
    public static final int TUNSETVNETHDRSZ = 0x400454d8;
    public static final int TUNSETQUEUE = 0x400454d9;
    public static final int TUNSETCARRIER = 0x400454e2;
    public static final int TUNGETDEVNETNS = 0x54e3;

    public static final int IFF_TUN = 1;
    public static final int IFF_TAP = 2;
    public static final int IFF_NAPI = 0x10;
    public static final int IFF_MULTI_QUEUE = 0x100;
    public static final int IFF_ATTACH_QUEUE = 0x200;
    public static final int IFF_DETACH_QUEUE = 0x400;
    public static final int IFF_PERSIST = 0x800;
    public static final int IFF_NO_PI = 0x1000;
    public static final int IFF_VNET_HDR = 0x4000;
    public static final int IFF_TUN_EXCL = 0x8000;

    public static final int TUN_F_CSUM = 1;
    public static final int TUN_F_TSO4 = 2;
    public static final int TUN_F_TSO6 = 4;
    public static final int TUN_F_TSO_ECN = 8;
    public static final int TUN_F_USO4 = 0x20;
    public static final int TUN_F_USO6 = 0x40;

    private static final String DEVICE = "/dev/net/tun";
    private static final int PROBE_LENGTH = 16; // the longer virtio header, and packet information

    private final LibC libc = new LibC();
    private final int fd;
    private boolean isClosed;

    private Tun(int fd) {
        this.fd = fd;
    }

    /**
     * Creates a TUN device, or opens one more queue of it.
     *
     * @param name up to 15 bytes; {@code "%d"} in it becomes a free number, an empty one becomes {@code tunN}
     * @param flags {@code IFF_} constants; {@code IFF_TUN | IFF_NO_PI} are always added
     * @throws ErrnoException ENOENT or ENODEV without TUN support, EPERM without CAP_NET_ADMIN, EBUSY if the name is taken
     */
    public static Tun open(String name, int flags) throws ErrnoException {
        LibC libc = new LibC();
        int fd = ErrnoException.check(libc.open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0), "open " + DEVICE);
        try (Arena arena = Arena.ofConfined()) {
            long ifreq = arena.allocate(Ifreq.SIZE, 8).address();
            Ifreq.start(ifreq, name);
            Ifreq.flags(ifreq, flags | IFF_TUN | IFF_NO_PI);
            int result = libc.ioctl(fd, TUNSETIFF, ifreq);
            if (result < 0) {
                libc.close(fd);
                throw new ErrnoException("create TUN device " + name, -result);
            }
        }
        return new Tun(fd);
    }

    /**
     * Takes over a descriptor that is attached to a TUN device, and makes it non-blocking. With or without
     * {@code IFF_VNET_HDR}: {@link #flags} tells.
     *
     * @throws ErrnoException if it is not such a descriptor, or one that reads Ethernet frames or puts
     *     {@code struct tun_pi} before each packet; it stays open then
     */
    public static Tun adopt(int fd) throws ErrnoException {
        Tun tun = new Tun(fd);
        int flags = tun.flags();
        if ((flags & IFF_TAP) != 0) {
            throw new ErrnoException(
                    "adopt descriptor " + fd, Errno.EINVAL, "it is a TAP device, of Ethernet frames, not a TUN");
        }
        if (tun.hasPacketInformation()) {
            throw new ErrnoException(
                    "adopt descriptor " + fd,
                    Errno.EINVAL,
                    "it puts packet information before each packet: open it with IFF_NO_PI");
        }
        int status = ErrnoException.check(tun.libc.fcntl(fd, F_GETFL, 0), "fcntl F_GETFL " + fd);
        ErrnoException.check(tun.libc.fcntl(fd, F_SETFL, status | O_NONBLOCK), "fcntl F_SETFL " + fd);
        return tun;
    }

    /**
     * Whether {@code struct tun_pi} comes before each packet. TUNGETIFF does not tell: the bit of {@code IFF_NO_PI} stands for
     * {@code IFF_NOFILTER} there. A packet of zeros does: without packet information its IP version is invalid, with it
     * the kernel knows no protocol 0 and takes the packet to drop it, or says that the device is down.
     */
    private boolean hasPacketInformation() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            int written = libc.write(fd, arena.allocate(PROBE_LENGTH).address(), PROBE_LENGTH);
            if (written == -Errno.EINVAL) {
                return false;
            }
            if (written == PROBE_LENGTH || written == -Errno.EIO) {
                return true;
            }
            throw new ErrnoException("write to descriptor " + fd, -written);
        }
    }

    public int fd() {
        return fd;
    }

    /**
     * The device's name at this moment; it may have been renamed.
     *
     * @throws ErrnoException EBADFD after the device was deleted
     */
    public String name() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return Ifreq.name(getIfreq(arena));
        }
    }

    /** {@code IFF_} flags of this queue, {@code IFF_PERSIST} among them; {@code IFF_NO_PI} means nothing there. */
    public int flags() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            return Ifreq.flags(getIfreq(arena));
        }
    }

    /**
     * Says how long the header is that {@code IFF_VNET_HDR} puts before each packet.
     *
     * @param bytes {@link VirtioNetHeader#SIZE}, or 12 with a count of buffers after it
     * @return 0, or {@code -errno}
     */
    public int setVnetHeaderSize(int bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return libc.ioctl(
                    fd,
                    TUNSETVNETHDRSZ,
                    arena.allocateFrom(ValueLayout.JAVA_INT, bytes).address());
        }
    }

    /**
     * Says which offloads we can read; writing them does not depend on it.
     *
     * @param bits {@code TUN_F_} constants; USO4 and USO6 go together and need Linux 6.2
     * @return 0, or {@code -errno} when the kernel does not know one of them
     */
    public int setOffloads(int bits) {
        return libc.ioctl(fd, TUNSETOFFLOAD, bits);
    }

    /** Attaches or detaches this queue of a multi-queue device; returns 0 or {@code -errno}. */
    public int setQueue(boolean attached) {
        try (Arena arena = Arena.ofConfined()) {
            long ifreq = arena.allocate(Ifreq.SIZE, 8).address();
            Ifreq.flags(ifreq, attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE);
            return libc.ioctl(fd, TUNSETQUEUE, ifreq);
        }
    }

    /** Whether the device outlives its last descriptor; returns 0 or {@code -errno}. */
    public int setPersistent(boolean persistent) {
        return libc.ioctl(fd, TUNSETPERSIST, persistent ? 1 : 0);
    }

    /**
     * Descriptor of the network namespace that the device is in at this moment, owned by the caller. Linux 5.2.
     *
     * @throws ErrnoException EPERM without CAP_NET_ADMIN over that namespace
     */
    public int deviceNamespace() throws ErrnoException {
        return ErrnoException.check(libc.ioctl(fd, TUNGETDEVNETNS, 0), "TUNGETDEVNETNS");
    }

    /** Closes the descriptor; the device vanishes with its last one unless it is persistent. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            libc.close(fd);
        }
    }

    private long getIfreq(Arena arena) throws ErrnoException {
        long ifreq = arena.allocate(Ifreq.SIZE, 8).address();
        ErrnoException.check(libc.ioctl(fd, TUNGETIFF, ifreq), "TUNGETIFF of descriptor " + fd);
        return ifreq;
    }
}
