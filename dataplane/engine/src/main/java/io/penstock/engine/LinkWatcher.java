package io.penstock.engine;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.ProcessFlags;
import io.penstock.ffm.tun.Tun;
import io.penstock.ffm.udp.Sockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Follows the state of a TUN device: up or down, MTU, deleted, also after a rename or a move into another network
 * namespace. A netlink socket says that something happened (its content is not read: what counts is the state now);
 * ioctls on a socket of the device's namespace tell what is.
 *
 * <p>Owned by the control agent, whose thread visits the device's namespace for the moment it takes to open a socket.
 */
final class LinkWatcher implements Link, AutoCloseable {
    private static final int NETLINK_ROUTE = 0;
    private static final int RTMGRP_LINK = 1;
    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCGIFMTU = 0x8921;
    private static final int SIOCSIFMTU = 0x8922;
    private static final int IFF_UP = 1;
    private static final int SCRATCH_LENGTH = 4096;

    private final LibC libc;
    private final Tun tun;
    private final long scratch = Memory.slab(SCRATCH_LENGTH);

    private String namespace = "";
    private int eventFd = -1;
    private int queryFd = -1;
    private boolean isGone;
    private boolean isUp;
    private int mtu;

    private LinkWatcher(LibC libc, Tun tun) {
        this.libc = libc;
        this.tun = tun;
    }

    /**
     * Finds the device and its state.
     *
     * @param libc the calls of the control agent's thread; the caller's may use them until that starts
     */
    static LinkWatcher open(LibC libc, Tun tun) throws ErrnoException {
        LinkWatcher watcher = new LinkWatcher(libc, tun);
        try {
            watcher.follow();
            watcher.query();
        } catch (ErrnoException e) {
            watcher.close();
            throw e;
        }
        return watcher;
    }

    @Override
    public int fd() {
        return eventFd;
    }

    @Override
    public boolean isUp() {
        return isUp;
    }

    @Override
    public boolean isGone() {
        return isGone;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean refresh() {
        while (libc.recv(eventFd, scratch, SCRATCH_LENGTH, Sockets.MSG_DONTWAIT) >= 0) {
            // Only the state at the end counts; ENOBUFS (events lost) ends the loop as well.
        }
        boolean wasUp = isUp;
        int oldMtu = mtu;
        try {
            follow();
            query();
        } catch (ErrnoException e) {
            // The device was deleted, or moved on between two calls: then another event is on its way.
            isGone = e.errno() == Errno.EBADFD || e.errno() == Errno.EBADF;
            isUp = false;
        }
        return isGone || isUp != wasUp || mtu != oldMtu;
    }

    /** Gives a new device its MTU. */
    void setMtu(int bytes) throws ErrnoException {
        putName();
        Memory.putInt(scratch + Tun.IFNAMSIZ, bytes);
        ErrnoException.check(libc.ioctl(queryFd, SIOCSIFMTU, scratch), "set MTU " + bytes);
        query();
    }

    private void query() throws ErrnoException {
        putName();
        ErrnoException.check(libc.ioctl(queryFd, SIOCGIFFLAGS, scratch), "SIOCGIFFLAGS");
        isUp = (Memory.getShort(scratch + Tun.IFNAMSIZ) & IFF_UP) != 0;
        putName();
        ErrnoException.check(libc.ioctl(queryFd, SIOCGIFMTU, scratch), "SIOCGIFMTU");
        mtu = Memory.getInt(scratch + Tun.IFNAMSIZ);
    }

    private void putName() throws ErrnoException {
        Memory.fill(scratch, Tun.IFREQ_SIZE, (byte) 0);
        Memory.putString(scratch, tun.name(), Tun.IFNAMSIZ);
    }

    /** Makes sure that both sockets are in the device's namespace. */
    private void follow() throws ErrnoException {
        int deviceNamespace = tun.deviceNamespace();
        try {
            String found = nameOf(deviceNamespace);
            if (!found.equals(namespace)) {
                openIn(deviceNamespace);
                namespace = found;
            }
        } finally {
            libc.close(deviceNamespace);
        }
    }

    private void openIn(int deviceNamespace) throws ErrnoException {
        int home = ErrnoException.check(
                libc.open("/proc/thread-self/ns/net", FileFlags.O_RDONLY | FileFlags.O_CLOEXEC, 0), "own namespace");
        try {
            ErrnoException.check(libc.setns(deviceNamespace, ProcessFlags.CLONE_NEWNET), "enter namespace");
            ErrnoException failure = null;
            try {
                openSockets();
            } catch (ErrnoException e) {
                failure = e;
            }
            int back = libc.setns(home, ProcessFlags.CLONE_NEWNET);
            if (back < 0) {
                throw new IllegalStateException("cannot return to own namespace: " + Errno.name(-back), failure);
            }
            if (failure != null) {
                throw failure;
            }
        } finally {
            libc.close(home);
        }
    }

    private void openSockets() throws ErrnoException {
        closeSockets();
        int flags = Sockets.SOCK_CLOEXEC;
        queryFd = ErrnoException.check(libc.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM | flags, 0), "query socket");
        eventFd = ErrnoException.check(
                libc.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW | flags, NETLINK_ROUTE), "netlink socket");
        Memory.fill(scratch, 12, (byte) 0); // sockaddr_nl
        Memory.putShort(scratch, (short) Sockets.AF_NETLINK);
        Memory.putInt(scratch + 8, RTMGRP_LINK);
        ErrnoException.check(libc.bind(eventFd, scratch, 12), "netlink bind");
    }

    private static String nameOf(int namespaceFd) throws ErrnoException {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + namespaceFd))
                    .toString();
        } catch (IOException e) {
            ErrnoException failure = new ErrnoException("namespace of the TUN device", Errno.EIO);
            failure.addSuppressed(e);
            throw failure;
        }
    }

    private void closeSockets() {
        if (eventFd >= 0) {
            libc.close(eventFd);
        }
        if (queryFd >= 0) {
            libc.close(queryFd);
        }
        eventFd = -1;
        queryFd = -1;
    }

    @Override
    public void close() {
        closeSockets();
        libc.munmap(scratch, SCRATCH_LENGTH);
    }
}
