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
 * <p>Both sockets are at home, in the namespace of the process. Elsewhere there is none but for the moment of a look, at an event or
 * once a second: a socket would keep that namespace, and with it the device, when everybody else is done with it.
 *
 * <p>While the device is at home that takes CAP_NET_ADMIN alone. Looking elsewhere takes CAP_SYS_ADMIN; without it the device
 * itself is asked each second whether it is up, and keeps the MTU it had.
 *
 * <p>Owned by the control agent, whose thread visits the device's namespace for the moment of a look.
 */
final class LinkWatcher implements Link, AutoCloseable {
    private static final int SCRATCH_LENGTH = 4096;
    private static final String OWN_NAMESPACE = "/proc/thread-self/ns/net";
    private static final long LOOK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    /** A rename between asking for the name and using it is answered by asking again. */
    private static final int LOOKS = 3;

    private final LibC libc;
    private final Tun tun;
    private final Logger log;
    private final long scratch = Memory.slab(SCRATCH_LENGTH);

    private int eventFd = -1; // at home
    private int queryFd = -1; // at home
    private boolean isElsewhere;
    private boolean isBlind; // the last look failed
    private boolean isGone;
    private boolean isUp;
    private int mtu;
    private long nextLookNs; // if it is elsewhere, or the last look failed

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
            watcher.openSockets();
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
        return (isElsewhere || isBlind) && !isGone ? Math.max(0, nextLookNs - nowNs) : Long.MAX_VALUE;
    }

    @Override
    public boolean refresh(long nowNs) {
        while (libc.recv(eventFd, scratch, SCRATCH_LENGTH, Sockets.MSG_DONTWAIT) >= 0) {
            // Only the state at the end counts; ENOBUFS (events lost) ends the loop as well.
        }
        boolean wasUp = isUp;
        int oldMtu = mtu;
        nextLookNs = nowNs + LOOK_INTERVAL_NS;
        try {
            look();
            isBlind = false;
        } catch (ErrnoException e) {
            onFailure(e);
            isBlind = true;
        }
        return isGone || isUp != wasUp || mtu != oldMtu;
    }

    private void onFailure(ErrnoException failure) {
        askDevice();
        if (!isGone && !isBlind) {
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
        withQuerySocket(fd -> {
            Ifreq.start(scratch, tun.name());
            Ifreq.mtu(scratch, bytes);
            ErrnoException.check(libc.ioctl(fd, Ifreq.SIOCSIFMTU, scratch), "set MTU " + bytes);
            query(fd);
        });
    }

    private void look() throws ErrnoException {
        for (int looks = 1; ; looks++) {
            try {
                withQuerySocket(this::query);
                return;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENODEV || looks == LOOKS) {
                    throw e;
                }
            }
        }
    }

    private void query(int fd) throws ErrnoException {
        Ifreq.start(scratch, tun.name());
        ErrnoException.check(libc.ioctl(fd, Ifreq.SIOCGIFFLAGS, scratch), "SIOCGIFFLAGS");
        boolean up = (Ifreq.flags(scratch) & Rtnetlink.IFF_UP) != 0;
        ErrnoException.check(libc.ioctl(fd, Ifreq.SIOCGIFMTU, scratch), "SIOCGIFMTU");
        mtu = Ifreq.mtu(scratch);
        isUp = up;
    }

    /** What is done with a socket of the device's namespace. */
    @FunctionalInterface
    private interface Query {
        void on(int fd) throws ErrnoException;
    }

    private void withQuerySocket(Query query) throws ErrnoException {
        int deviceNamespace = tun.deviceNamespace();
        try {
            isElsewhere = !nameOf(Path.of("/proc/self/fd/" + deviceNamespace)).equals(nameOf(Path.of(OWN_NAMESPACE)));
            if (isElsewhere) {
                visit(deviceNamespace, query);
            } else {
                query.on(queryFd);
            }
        } finally {
            libc.close(deviceNamespace);
        }
    }

    private void visit(int deviceNamespace, Query query) throws ErrnoException {
        int fd = socketIn(deviceNamespace);
        try {
            query.on(fd);
        } finally {
            libc.close(fd);
        }
    }

    private int socketIn(int deviceNamespace) throws ErrnoException {
        int home = ErrnoException.check(
                libc.open(OWN_NAMESPACE, FileFlags.O_RDONLY | FileFlags.O_CLOEXEC, 0), "own namespace");
        try {
            ErrnoException.check(
                    libc.setns(deviceNamespace, ProcessFlags.CLONE_NEWNET), "enter the interface's namespace");
            int fd = querySocket();
            int back = libc.setns(home, ProcessFlags.CLONE_NEWNET);
            if (back < 0) {
                throw new IllegalStateException("cannot return to own namespace: " + Errno.name(-back));
            }
            return ErrnoException.check(fd, "query socket");
        } finally {
            libc.close(home);
        }
    }

    private int querySocket() {
        return libc.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM | Sockets.SOCK_CLOEXEC, 0);
    }

    private void openSockets() throws ErrnoException {
        queryFd = ErrnoException.check(querySocket(), "query socket");
        eventFd = ErrnoException.check(
                libc.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW | Sockets.SOCK_CLOEXEC, Rtnetlink.NETLINK_ROUTE),
                "socket for link events");
        // Also events of namespaces that this one has a number for, as it has for where it moved a device. Without
        // CAP_NET_BROADCAST
        // the look of each second has to do.
        Memory.putInt(scratch, 1);
        libc.setsockopt(eventFd, Sockets.SOL_NETLINK, Rtnetlink.NETLINK_LISTEN_ALL_NSID, scratch, Integer.BYTES);
        SockAddr.setNetlink(scratch, Rtnetlink.RTMGRP_LINK);
        ErrnoException.check(libc.bind(eventFd, scratch, SockAddr.SIZE_NL), "socket for link events");
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

    @Override
    public void close() {
        if (eventFd >= 0) {
            libc.close(eventFd);
        }
        if (queryFd >= 0) {
            libc.close(queryFd);
        }
        libc.munmap(scratch, SCRATCH_LENGTH);
    }
}
