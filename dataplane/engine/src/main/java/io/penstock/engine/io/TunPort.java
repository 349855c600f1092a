package io.penstock.engine.io;

import io.penstock.ffm.LibC;
import io.penstock.ffm.tun.VirtioNetHeader;

/**
 * One queue of a TUN device opened with {@code IFF_NO_PI | IFF_VNET_HDR}, or one that looks like it: every packet is
 * preceded by a {@code virtio_net_hdr} of 10 bytes. Non-blocking; owned by one lane, {@link #close} excepted.
 */
public interface TunPort extends AutoCloseable {
    /** Bytes of {@code virtio_net_hdr} before each packet. */
    int VNET_HEADER_LENGTH = VirtioNetHeader.SIZE;

    /** Largest read: header and a full IP packet. */
    int READ_CAPACITY = VNET_HEADER_LENGTH + 65_535;

    /** A descriptor for {@code poll}, or -1 for a port that exists in memory only. */
    int fd();

    /** False when every packet has to be written by itself, with an empty header. */
    boolean takesMergedPackets();

    /**
     * Reads one header and one packet (or superpacket) to {@code address}.
     *
     * @return bytes read, header included, or {@code -errno}; {@code -EAGAIN} when nothing waits
     */
    int read(long address, int capacity);

    /**
     * Writes one header and packet gathered from {@code count} iovecs at {@code iovAddress}, which may be changed.
     *
     * @return bytes written or {@code -errno}
     */
    int write(long iovAddress, int count);

    /** The same queue for another thread, by whose calls it is read and written. Not to be closed. */
    TunPort forThread(LibC libc);

    /** Ends the device if this was its last queue and it is not persistent. Idempotent. */
    @Override
    void close();
}
