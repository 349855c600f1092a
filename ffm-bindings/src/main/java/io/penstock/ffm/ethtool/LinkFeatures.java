package io.penstock.ffm.ethtool;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.tun.Ifreq;
import io.penstock.ffm.udp.Sockets;
import java.lang.foreign.Arena;

/**
 * Features of the links of the network namespace in which it was opened, by their names in ethtool(8) such as {@code rx-gro-list}. One
 * thread.
 */
public final class LinkFeatures implements AutoCloseable {
    /** What a feature of a link is. */
    public enum State {
        ON,
        OFF,
        /** The link does not have it, or does not let it be changed. */
        FIXED
    }

    private static final int DATA_OFFSET = Ifreq.FLAGS_OFFSET; // of the union in struct ifreq
    private static final int BLOCK_BITS = 32;
    private static final int ABSENT = -1;

    private final LibC libc = new LibC();
    private final int fd;
    private boolean isClosed;

    private LinkFeatures(int fd) {
        this.fd = fd;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static LinkFeatures open() throws ErrnoException {
        int fd = new LibC().socket(Sockets.AF_INET, Sockets.SOCK_DGRAM | Sockets.SOCK_CLOEXEC, 0);
        return new LinkFeatures(ErrnoException.check(fd, "open socket for features of links"));
    }

    /**
     * Reads a feature; that of a link that knows no features is fixed.
     *
     * @throws ErrnoException ENODEV if there is no such link
     */
    public State get(String link, String feature) throws ErrnoException {
        String what = "read " + feature + " of " + link;
        try (Arena arena = Arena.ofConfined()) {
            int count = count(arena, link, what);
            int bit = find(arena, link, feature, count, what);
            if (bit == ABSENT) {
                return State.FIXED;
            }
            int blocks = (count + BLOCK_BITS - 1) / BLOCK_BITS;
            long request = arena.allocate(Ethtool.FEATURES_OFFSET + (long) blocks * Ethtool.GET_BLOCK_END_OFFSET, 8)
                    .address();
            Memory.putInt(request, Ethtool.ETHTOOL_GFEATURES);
            Memory.putInt(request + Ethtool.FEATURES_COUNT_OFFSET, blocks);
            call(arena, link, request, what);
            long block = request + Ethtool.FEATURES_OFFSET + (long) (bit / BLOCK_BITS) * Ethtool.GET_BLOCK_END_OFFSET;
            int mask = 1 << (bit % BLOCK_BITS);
            boolean isAvailable = (Memory.getInt(block + Ethtool.GET_BLOCK_AVAILABLE_OFFSET) & mask) != 0;
            boolean isFixed = (Memory.getInt(block + Ethtool.GET_BLOCK_NEVER_CHANGED_OFFSET) & mask) != 0;
            if (!isAvailable || isFixed) {
                return State.FIXED;
            }
            return (Memory.getInt(block + Ethtool.GET_BLOCK_ACTIVE_OFFSET) & mask) != 0 ? State.ON : State.OFF;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return State.FIXED;
            }
            throw e;
        }
    }

    /**
     * Switches a feature.
     *
     * @throws ErrnoException ENODEV if there is no such link, EOPNOTSUPP if it does not have the feature or let it be changed
     */
    public void set(String link, String feature, boolean on) throws ErrnoException {
        String what = "switch " + feature + " of " + link + (on ? " on" : " off");
        try (Arena arena = Arena.ofConfined()) {
            int count = count(arena, link, what);
            int bit = find(arena, link, feature, count, what);
            if (bit == ABSENT) {
                throw new ErrnoException(what, Errno.EOPNOTSUPP);
            }
            int blocks = (count + BLOCK_BITS - 1) / BLOCK_BITS;
            long request = arena.allocate(Ethtool.FEATURES_OFFSET + (long) blocks * Ethtool.SET_BLOCK_END_OFFSET, 8)
                    .address();
            Memory.putInt(request, Ethtool.ETHTOOL_SFEATURES);
            Memory.putInt(request + Ethtool.FEATURES_COUNT_OFFSET, blocks);
            long block = request + Ethtool.FEATURES_OFFSET + (long) (bit / BLOCK_BITS) * Ethtool.SET_BLOCK_END_OFFSET;
            int mask = 1 << (bit % BLOCK_BITS);
            Memory.putInt(block + Ethtool.SET_BLOCK_VALID_OFFSET, mask);
            Memory.putInt(block + Ethtool.SET_BLOCK_REQUESTED_OFFSET, on ? mask : 0);
            if (call(arena, link, request, what) != 0) { // ETHTOOL_F_ bits: unsupported, or only wished for
                throw new ErrnoException(what, Errno.EOPNOTSUPP);
            }
        }
    }

    /** How many features this kernel knows. */
    private int count(Arena arena, String link, String what) throws ErrnoException {
        long request =
                arena.allocate(Ethtool.SSET_INFO_DATA_OFFSET + Integer.BYTES, 8).address();
        Memory.putInt(request, Ethtool.ETHTOOL_GSSET_INFO);
        Memory.putLong(request + Ethtool.SSET_INFO_MASK_OFFSET, 1L << Ethtool.ETH_SS_FEATURES);
        call(arena, link, request, what);
        boolean isKnown = Memory.getLong(request + Ethtool.SSET_INFO_MASK_OFFSET) != 0;
        return isKnown ? Memory.getInt(request + Ethtool.SSET_INFO_DATA_OFFSET) : 0;
    }

    /** The feature's number, or ABSENT. */
    private int find(Arena arena, String link, String feature, int count, String what) throws ErrnoException {
        long request = arena.allocate(Ethtool.GSTRINGS_DATA_OFFSET + (long) count * Ethtool.ETH_GSTRING_LEN, 8)
                .address();
        Memory.putInt(request, Ethtool.ETHTOOL_GSTRINGS);
        Memory.putInt(request + Ethtool.GSTRINGS_SET_OFFSET, Ethtool.ETH_SS_FEATURES);
        Memory.putInt(request + Ethtool.GSTRINGS_LEN_OFFSET, count);
        call(arena, link, request, what);
        for (int i = 0; i < count; i++) {
            long name = request + Ethtool.GSTRINGS_DATA_OFFSET + (long) i * Ethtool.ETH_GSTRING_LEN;
            if (Memory.getString(name, Ethtool.ETH_GSTRING_LEN).equals(feature)) {
                return i;
            }
        }
        return ABSENT;
    }

    private int call(Arena arena, String link, long request, String what) throws ErrnoException {
        long ifreq = arena.allocate(Ifreq.SIZE, 8).address();
        Ifreq.start(ifreq, link);
        Memory.putLong(ifreq + DATA_OFFSET, request);
        return ErrnoException.check(libc.ioctl(fd, Ethtool.SIOCETHTOOL, ifreq), what);
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            libc.close(fd);
        }
    }
}
