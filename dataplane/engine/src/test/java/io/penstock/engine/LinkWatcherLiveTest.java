package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.ProcessFlags;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.tun.Tun;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real TUN device in namespace A, moved to B and back; the watcher is opened in A. */
@Tag("live")
class LinkWatcherLiveTest {
    private static final String NAME = "tun-link";
    private static final int AWAIT_MS = 10_000;

    private final String id =
            "ptl" + Long.toString(ProcessHandle.current().pid(), 36) + Integer.toString(new Random().nextInt(1296), 36);
    private final LibC libc = new LibC();
    private final long scratch = Memory.slab(64);
    private final RecordingLogger log = new RecordingLogger();
    private NetworkNamespace home;
    private NetworkNamespace away;
    private Tun tun;
    private LinkWatcher link;
    private long nowNs = 1;

    @BeforeEach
    void makeDevice() throws Exception {
        home = NetworkNamespace.create(id + "a");
        away = NetworkNamespace.create(id + "b");
        tun = home.call(() -> Tun.open(NAME, Tun.IFF_VNET_HDR));
        link = home.call(() -> LinkWatcher.open(libc, tun, log));
    }

    @AfterEach
    void removeDevice() throws Exception {
        link.close();
        tun.close();
        home.close();
        away.close();
        NetworkNamespace.delete(id + "a");
        NetworkNamespace.delete(id + "b");
        libc.munmap(scratch, 64);
    }

    @Test
    void tellsUpDownAndMtu() throws Exception {
        assertFalse(link.isUp());
        set(home, NAME, true);
        awaitChange();
        assertTrue(link.isUp());

        home.call(() -> {
            link.setMtu(1_300);
            return 0;
        });
        assertEquals(1_300, link.mtu());
        changeMtu(home, NAME, 9_000);
        awaitChange();
        assertEquals(9_000, link.mtu());

        set(home, NAME, false);
        awaitChange();
        assertFalse(link.isUp());
        assertEquals(List.of(), log.complaints());
    }

    @Test
    void followsRenamesAndMoves() throws Exception {
        try (Netlink netlink = home.netlink()) {
            Links links = new Links(netlink);
            links.rename(links.index(NAME), "other");
            links.moveToNamespace(links.index("other"), away.fd());
        }
        refreshAtHome();
        set(away, "other", true);
        awaitChange();
        assertTrue(link.isUp());
        changeMtu(away, "other", 2_000);
        awaitChange();
        assertEquals(2_000, link.mtu());

        try (Netlink netlink = away.netlink()) {
            Links links = new Links(netlink);
            links.moveToNamespace(links.index("other"), home.fd());
        }
        awaitChange();
        assertFalse(link.isUp());
        set(home, "other", true);
        awaitChange();
        assertTrue(link.isUp());
        assertEquals(List.of(), log.complaints());
    }

    /** With its last name and process the namespace goes, and the device in it. */
    @Test
    void keepsNoNamespaceOfItsDevice() throws Exception {
        String third = id + "c";
        try (NetworkNamespace elsewhere = NetworkNamespace.create(third);
                Netlink netlink = home.netlink()) {
            Links links = new Links(netlink);
            links.moveToNamespace(links.index(NAME), elsewhere.fd());
            refreshAtHome();
            set(elsewhere, NAME, true);
            awaitChange();
        } finally {
            NetworkNamespace.delete(third);
        }
        awaitChange();
        assertTrue(link.isGone());
        assertEquals(List.of(), log.complaints());
    }

    @Test
    void noticesThatTheDeviceIsGone() throws Exception {
        set(home, NAME, true);
        awaitChange();
        try (Netlink netlink = home.netlink()) {
            Links links = new Links(netlink);
            links.delete(links.index(NAME));
        }
        awaitChange();
        assertTrue(link.isGone());
        assertEquals(Long.MAX_VALUE, link.retryInNs(nowNs));
    }

    /** Without a free descriptor the namespace cannot be looked at: that says nothing about the device's being gone. */
    @Test
    void keepsAndRetriesWhatItCannotSee() throws Exception {
        set(home, NAME, true);
        awaitChange();
        log.log(System.Logger.Level.INFO, new ErrnoException("loaded before descriptors run out", Errno.EMFILE));
        long limit = limitDescriptors(0);
        try {
            assertFalse(link.refresh(nowNs));
            assertFalse(link.isGone());
            assertTrue(link.isUp());
            assertEquals(1_000_000_000L, link.retryInNs(nowNs));
            assertEquals(0, link.retryInNs(nowNs + 2_000_000_000L));
            assertFalse(link.refresh(nowNs + 1_000_000_000L));
        } finally {
            limitDescriptors(limit);
        }
        assertEquals(1, log.complaints().size(), () -> log.complaints().toString());
        assertTrue(log.complaints().get(0).contains("EMFILE"), () -> log.complaints()
                .toString());

        set(home, NAME, false);
        assertTrue(refreshAtHome());
        assertFalse(link.isUp());
        assertEquals(Long.MAX_VALUE, link.retryInNs(nowNs));
    }

    private long limitDescriptors(long soft) throws ErrnoException {
        ErrnoException.check(libc.getrlimit(ProcessFlags.RLIMIT_NOFILE, scratch), "getrlimit");
        long before = Memory.getLong(scratch);
        Memory.putLong(scratch, soft);
        ErrnoException.check(libc.setrlimit(ProcessFlags.RLIMIT_NOFILE, scratch), "setrlimit");
        return before;
    }

    private static void set(NetworkNamespace namespace, String name, boolean up) throws Exception {
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            if (up) {
                links.setUp(links.index(name));
            } else {
                links.setDown(links.index(name));
            }
        }
    }

    private static void changeMtu(NetworkNamespace namespace, String name, int mtu) throws Exception {
        try (Netlink netlink = namespace.netlink()) {
            Links links = new Links(netlink);
            links.setMtu(links.index(name), mtu);
        }
    }

    /** As the control agent does: sleeps in poll until there is news. */
    private void awaitChange() throws Exception {
        long deadlineNs = System.nanoTime() + AWAIT_MS * 1_000_000L;
        while (System.nanoTime() - deadlineNs < 0) {
            PollFd.set(scratch, link.fd(), PollFd.POLLIN);
            long waitNs = Math.min(AWAIT_MS * 1_000_000L, link.retryInNs(nowNs));
            nowNs += libc.poll(scratch, 1, (int) (waitNs / 1_000_000L)) == 0 ? waitNs : 0;
            if (refreshAtHome()) {
                return;
            }
        }
        throw new AssertionError("no event");
    }

    private boolean refreshAtHome() throws Exception {
        return home.call(() -> link.refresh(nowNs));
    }
}
