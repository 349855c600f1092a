package io.penstock.engine;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.ProcessFlags;
import io.penstock.ffm.netlink.Rtnetlink;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.tun.Ifreq;
import io.penstock.ffm.tun.Tun;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Follows the state of a TUN device: up or down, MTU, deleted, also after a rename or a move into another network
 * namespace. A netlink socket says that something happened (its content is not read: what counts is the state now);
 * ioctls on a socket of the device's namespace tell what is.
 *
 * <p>While the device is in the namespace of the process that takes CAP_NET_ADMIN alone. Following it elsewhere takes
 * CAP_SYS_ADMIN; without it the device itself is asked each second whether it is up, and keeps the MTU it had.
 *
 * <p>Owned by the control agent, whose thread visits the device's namespace for the moment it takes to open a socket.
 */
final class LinkWatcher implements Link, AutoCloseable {
    private static final int SCRATCH_LENGTH = 4096;
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    /** A rename between asking for the name and using it is answered by asking again. */
    private static final int LOOKS = 3;

    private final LibC libc;
    private final Tun tun;
    private final Logger log;
    private final long scratch = Memory.slab(SCRATCH_LENGTH);

    private String namespace = "";
    private int eventFd = -1;
    private int queryFd = -1;
    private boolean isGone;
    private boolean isUp;
    private int mtu;
    private boolean wantsRetry;
    private long retryNs;

    private LinkWatcher(LibC libc, Tun tun, Logger log) {
        this.libc = libc;
        this.tun = tun;
        this.log = log;
    }

    /**
     * Finds the device and its state.
     *
     * @param libc the calls of the control agent's thread; the caller's may use them until that starts
     */
    static LinkWatcher open(LibC libc, Tun tun, Logger log) throws ErrnoException {
        LinkWatcher watcher = new LinkWatcher(libc, tun, log);
        try {
            watcher.look();
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
    public long retryInNs(long nowNs) {
        return wantsRetry ? Math.max(0, retryNs - nowNs) : Long.MAX_VALUE;
    }

    @Override
    public boolean refresh(long nowNs) {
        while (libc.recv(eventFd, scratch, SCRATCH_LENGTH, Sockets.MSG_DONTWAIT) >= 0) {
            // Only the state at the end counts; ENOBUFS (events lost) ends the loop as well.
        }
        boolean wasUp = isUp;
        int oldMtu = mtu;
        try {
            look();
            wantsRetry = false;
        } catch (ErrnoException e) {
            onFailure(e);
            wantsRetry = !isGone;
            retryNs = nowNs + RETRY_NS;
        }
        return isGone || isUp != wasUp || mtu != oldMtu;
    }

    private void onFailure(ErrnoException failure) {
        askDevice();
        if (!isGone && !wantsRetry) {
            log.log(
                    Level.WARNING,
                    "cannot look at the interface ({0}): trying again each second",
                    failure.getMessage());
        }
    }

    /** Less than the namespace tells, but from anywhere: a TUN takes packets while it is up, and is broken once it is gone. */
    private void askDevice() {
        PollFd.set(scratch, tun.fd(), PollFd.POLLOUT);
        if (libc.poll(scratch, 1, 0) >= 0) {
            isGone = (PollFd.revents(scratch) & PollFd.POLLERR) != 0;
            isUp = (PollFd.revents(scratch) & PollFd.POLLOUT) != 0;
        }
    }

    /** Gives a device its MTU. */
    void setMtu(int bytes) throws ErrnoException {
        Ifreq.start(scratch, tun.name());
        Ifreq.mtu(scratch, bytes);
        ErrnoException.check(libc.ioctl(queryFd, Ifreq.SIOCSIFMTU, scratch), "set MTU " + bytes);
        query();
    }

    private void look() throws ErrnoException {
        for (int looks = 1; ; looks++) {
            try {
                follow();
                query();
                return;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENODEV || looks == LOOKS) {
                    throw e;
                }
            }
        }
    }

    private void query() throws ErrnoException {
        Ifreq.start(scratch, tun.name());
        ErrnoException.check(libc.ioctl(queryFd, Ifreq.SIOCGIFFLAGS, scratch), "SIOCGIFFLAGS");
        boolean up = (Ifreq.flags(scratch) & Rtnetlink.IFF_UP) != 0;
        ErrnoException.check(libc.ioctl(queryFd, Ifreq.SIOCGIFMTU, scratch), "SIOCGIFMTU");
        mtu = Ifreq.mtu(scratch);
        isUp = up;
    }

    /** Makes sure that both sockets are in the device's namespace. */
    private void follow() throws ErrnoException {
        int deviceNamespace = tun.deviceNamespace();
        try {
            String found = nameOf(Path.of("/proc/self/fd/" + deviceNamespace));
            if (found.equals(namespace)) {
                return;
            }
            if (found.equals(nameOf(Path.of("/proc/thread-self/ns/net")))) {
                openSockets();
            } else {
                openIn(deviceNamespace);
            }
            namespace = found;
        } finally {
            libc.close(deviceNamespace);
        }
    }

    private void openIn(int deviceNamespace) throws ErrnoException {
        int home = ErrnoException.check(
                libc.open("/proc/thread-self/ns/net", FileFlags.O_RDONLY | FileFlags.O_CLOEXEC, 0), "own namespace");
        try {
            ErrnoException.check(
                    libc.setns(deviceNamespace, ProcessFlags.CLONE_NEWNET), "enter the interface's namespace");
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

    /** In the namespace of this thread; the old ones serve until both are there. */
    private void openSockets() throws ErrnoException {
        int flags = Sockets.SOCK_CLOEXEC;
        int query = ErrnoException.check(libc.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM | flags, 0), "query socket");
        int events = libc.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW | flags, Rtnetlink.NETLINK_ROUTE);
        int bound = events;
        if (events >= 0) {
            SockAddr.setNetlink(scratch, Rtnetlink.RTMGRP_LINK);
            bound = libc.bind(events, scratch, SockAddr.SIZE_NL);
        }
        if (bound < 0) {
            libc.close(query);
            if (events >= 0) {
                libc.close(events);
            }
            throw new ErrnoException("socket for link events", -bound);
        }
        closeSockets();
        queryFd = query;
        eventFd = events;
    }

    private static String nameOf(Path namespaceLink) throws ErrnoException {
        try {
            return Files.readSymbolicLink(namespaceLink).toString();
        } catch (IOException e) {
            ErrnoException failure = new ErrnoException("read " + namespaceLink, Errno.EIO);
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
