package io.penstock.ffm;

import static io.penstock.ffm.FileFlags.LOCK_EX;
import static io.penstock.ffm.FileFlags.LOCK_UN;
import static io.penstock.ffm.FileFlags.O_CREAT;
import static io.penstock.ffm.FileFlags.O_RDWR;
import static io.penstock.ffm.udp.Sockets.AF_INET;
import static io.penstock.ffm.udp.Sockets.AF_UNIX;
import static io.penstock.ffm.udp.Sockets.MSG_DONTWAIT;
import static io.penstock.ffm.udp.Sockets.SOCK_DGRAM;
import static io.penstock.ffm.udp.Sockets.SOCK_STREAM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MMsgHdr;
import io.penstock.ffm.udp.MsgHdr;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Calls each bound symbol once, and checks at the end that none was left out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LibCTest {
    private static final int LENGTH = 64;

    private final LibC libc = new LibC();
    private final long memory = Memory.slab(4 * Memory.PAGE_LENGTH);
    private final long other = memory + Memory.PAGE_LENGTH;
    private final long structs = memory + 2 * Memory.PAGE_LENGTH;
    private final Set<String> called = new TreeSet<>();

    @TempDir
    private Path directory;

    @AfterAll
    void everySymbolWasCalled() {
        Set<String> all = new TreeSet<>();
        for (Method method : LibC.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers())) {
                all.add(method.getName());
            }
        }
        all.removeAll(called);
        assertEquals(Set.of(), all);
    }

    @Test
    void movesBytesThroughPipesAndFiles() {
        calls(
                "pipe2 write read writev readv eventfd eventfdWrite eventfdRead dup2 close open flock ftruncate fsync access rename unlink");
        assertEquals(0, libc.pipe2(structs, FileFlags.O_CLOEXEC));
        int readEnd = Memory.getInt(structs);
        int writeEnd = Memory.getInt(structs + 4);
        Memory.putLong(memory, 0x1122334455667788L);
        IoVec.set(structs, memory, 8);

        assertEquals(8, libc.write(writeEnd, memory, 8));
        assertEquals(8, libc.read(readEnd, other, LENGTH));
        assertEquals(0x1122334455667788L, Memory.getLong(other));
        assertEquals(8, libc.writev(writeEnd, structs, 1));
        IoVec.set(structs, other + 8, LENGTH);
        assertEquals(8, libc.readv(readEnd, structs, 1));
        assertEquals(0x1122334455667788L, Memory.getLong(other + 8));

        int counter = libc.eventfd(0, FileFlags.EFD_NONBLOCK | FileFlags.EFD_CLOEXEC);
        assertEquals(-1, libc.eventfdRead(counter, other));
        assertEquals(0, libc.eventfdWrite(counter, 3));
        assertEquals(0, libc.eventfdWrite(counter, 4));
        assertEquals(0, libc.eventfdRead(counter, other));
        assertEquals(7, Memory.getLong(other));
        assertEquals(0, libc.close(counter));

        int event = libc.eventfd(1, FileFlags.EFD_CLOEXEC);
        assertEquals(readEnd, libc.dup2(event, readEnd));
        assertEquals(8, libc.read(readEnd, other, 8));
        assertEquals(1, Memory.getLong(other));
        for (int fd : new int[] {event, readEnd, writeEnd}) {
            assertEquals(0, libc.close(fd));
        }
        assertEquals(-Errno.EBADF, libc.close(writeEnd));

        String path = directory.resolve("file").toString();
        int file = libc.open(path, O_RDWR | O_CREAT, 0600);
        assertTrue(file >= 0);
        assertEquals(0, libc.flock(file, LOCK_EX));
        assertEquals(0, libc.flock(file, LOCK_UN));
        assertEquals(0, libc.ftruncate(file, 100));
        assertEquals(0, libc.fsync(file));
        libc.close(file);
        assertEquals(0, libc.rename(path, path + "2"));
        assertEquals(0, libc.access(path + "2", 4));
        assertEquals(0, libc.unlink(path + "2"));
        assertEquals(-Errno.ENOENT, libc.unlink(path));
    }

    @Test
    void changesFilesAndDirectories() throws Exception {
        calls("mkdir rmdir chmod chown mount umount2 umask inotifyInit1 inotifyAddWatch");
        String path = directory.resolve("d").toString();
        assertEquals(0, libc.mkdir(path, 0700));
        assertEquals(0, libc.chmod(path, 0711));
        assertEquals(0, libc.chown(path, -1, -1));
        assertEquals(0, libc.rmdir(path));
        assertEquals(-Errno.ENOENT, libc.mount("none", path, "tmpfs", 0));
        assertTrue(libc.umount2(path, ProcessFlags.MNT_DETACH) < 0);
        int mask = libc.umask(077);
        assertEquals(077, libc.umask(mask));

        int watch = libc.inotifyInit1(FileFlags.IN_CLOEXEC | FileFlags.IN_NONBLOCK);
        assertTrue(libc.inotifyAddWatch(watch, directory.toString(), FileFlags.IN_CREATE) > 0);
        Files.createFile(directory.resolve("seen"));
        assertTrue(libc.read(watch, memory, Memory.PAGE_LENGTH) > 0);
        libc.close(watch);
    }

    @Test
    void movesBytesThroughUnixSockets() {
        calls("socketpair send recv shutdown poll fcntl ioctl");
        assertEquals(0, libc.socketpair(AF_UNIX, SOCK_STREAM, 0, structs));
        int one = Memory.getInt(structs);
        int two = Memory.getInt(structs + 4);
        assertEquals(-Errno.EAGAIN, libc.recv(two, other, LENGTH, MSG_DONTWAIT));
        assertEquals(5, libc.send(one, memory, 5, 0));
        PollFd.set(structs, two, PollFd.POLLIN);
        assertEquals(1, libc.poll(structs, 1, 1000));
        assertEquals(PollFd.POLLIN, PollFd.revents(structs));
        assertEquals(0, libc.ioctl(two, 0x541b, structs)); // FIONREAD
        assertEquals(5, Memory.getInt(structs));
        assertEquals(5, libc.recv(two, other, LENGTH, 0));
        assertEquals(0, libc.fcntl(two, FileFlags.F_SETFL, FileFlags.O_NONBLOCK));
        assertEquals(FileFlags.O_NONBLOCK, libc.fcntl(two, FileFlags.F_GETFL, 0) & FileFlags.O_NONBLOCK);
        assertEquals(0, libc.shutdown(one, Sockets.SHUT_RDWR));
        libc.close(one);
        libc.close(two);
    }

    @Test
    void movesDatagrams() {
        calls("socket bind getsockname connect getpeername sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg"
                + " getsockopt setsockopt");
        int receiver = libc.socket(AF_INET, SOCK_DGRAM, 0);
        int sender = libc.socket(AF_INET, SOCK_DGRAM, 0);
        long name = structs;
        long length = structs + 32;
        SockAddr.set4(name, 0x7f000001, 0);
        assertEquals(0, libc.bind(receiver, name, SockAddr.SIZE4));
        Memory.putInt(length, SockAddr.SIZE4);
        assertEquals(0, libc.getsockname(receiver, name, length));
        assertTrue(SockAddr.port(name) > 0);
        assertEquals(3, libc.sendto(sender, memory, 3, 0, name, SockAddr.SIZE4));
        assertEquals(3, libc.recvfrom(receiver, other, LENGTH, 0, 0, 0));
        assertEquals(0, libc.connect(sender, name, SockAddr.SIZE4));
        assertEquals(0, libc.getpeername(sender, name, length));

        long ioVec = structs + 64;
        long message = structs + 128;
        IoVec.set(ioVec, memory, 7);
        MsgHdr.set(message, 0, 0, ioVec, 1, 0, 0);
        assertEquals(7, libc.sendmsg(sender, message, 0));
        assertEquals(1, libc.sendmmsg(sender, message, 1, 0));
        assertEquals(7, MMsgHdr.length(message));
        IoVec.set(ioVec, other, LENGTH);
        assertEquals(7, libc.recvmsg(receiver, message, 0));
        assertEquals(1, libc.recvmmsg(receiver, message, 1, 0));
        assertEquals(-Errno.EAGAIN, libc.recvmmsg(receiver, message, 1, MSG_DONTWAIT));

        Memory.putInt(length, 4);
        Memory.putInt(name, 1);
        assertEquals(0, libc.setsockopt(receiver, Sockets.SOL_SOCKET, Sockets.SO_REUSEPORT, name, 4));
        assertEquals(0, libc.getsockopt(receiver, Sockets.SOL_SOCKET, Sockets.SO_REUSEPORT, name, length));
        assertEquals(1, Memory.getInt(name));
        libc.close(sender);
        libc.close(receiver);
    }

    @Test
    void acceptsConnections() {
        calls("listen accept4");
        int listener = libc.socket(AF_INET, SOCK_STREAM, 0);
        assertEquals(0, libc.listen(listener, 1));
        libc.fcntl(listener, FileFlags.F_SETFL, FileFlags.O_NONBLOCK);
        assertEquals(-Errno.EAGAIN, libc.accept4(listener, 0, 0, 0));
        libc.close(listener);
    }

    @Test
    void mapsMemory() {
        calls("mmap munmap mlock madvise");
        long address = libc.mmap(
                0,
                4096,
                MapFlags.PROT_READ | MapFlags.PROT_WRITE,
                MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS,
                -1,
                0);
        assertTrue(address > 0);
        assertEquals(0, libc.mlock(address, 4096));
        assertEquals(0, libc.madvise(address, 4096, MapFlags.MADV_DONTDUMP));
        assertEquals(0, libc.munmap(address, 4096));
        assertEquals(-Errno.EBADF, libc.mmap(0, 4096, MapFlags.PROT_READ, MapFlags.MAP_SHARED, -1, 0));
    }

    @Test
    void lowersThePriorityOfTheCallingThreadOnly() throws Exception {
        calls("setpriority");
        String[] nice = new String[1];
        Thread thread = Thread.ofPlatform().start(() -> {
            int result = new LibC().setpriority(ProcessFlags.PRIO_PROCESS, 0, 19);
            nice[0] = result + " " + niceOf("thread-self");
        });
        thread.join();
        assertEquals("0 19", nice[0]);
        assertTrue(Integer.parseInt(niceOf("self")) < 19);
    }

    private static String niceOf(String process) {
        try {
            String stat = Files.readString(Path.of("/proc", process, "stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]; // field 19 of proc(5)
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void asksAboutProcesses() throws Exception {
        calls("getpid gettid geteuid kill prctl getrlimit setrlimit setns unshare setsid");
        assertEquals(ProcessHandle.current().pid(), libc.getpid());
        assertTrue(libc.gettid() > 0);
        assertTrue(libc.geteuid() >= 0);
        assertEquals(0, libc.kill(libc.getpid(), 0));
        Memory.putString(structs, "a-name", 16);
        assertEquals(0, libc.prctl(ProcessFlags.PR_SET_NAME, structs));
        assertEquals(0, libc.getrlimit(ProcessFlags.RLIMIT_NOFILE, structs));
        assertTrue(Memory.getLong(structs) > 0);
        assertEquals(0, libc.setrlimit(ProcessFlags.RLIMIT_NOFILE, structs));
        assertEquals(-Errno.EBADF, libc.setns(-1, ProcessFlags.CLONE_NEWNET));
        assertEquals(-Errno.EINVAL, libc.unshare(1));
        // A leader of a group is refused; elsewhere the call would cut the tests off from their terminal.
        boolean isLeader =
                Files.readString(Path.of("/proc/self/stat")).split(" ", 6)[4].equals("" + libc.getpid());
        if (isLeader) {
            assertEquals(-Errno.EPERM, libc.setsid());
        } else {
            assertTrue(libc.setsid() > 0);
        }
    }

    @Test
    void keepsErrnoPerInstance() throws Exception {
        LibC quiet = new LibC();
        Thread noisy = Thread.ofPlatform().start(() -> {
            LibC mine = new LibC();
            for (int i = 0; i < 20_000; i++) {
                assertEquals(-Errno.ENOTSOCK, mine.listen(0, 1));
            }
        });
        for (int i = 0; i < 20_000; i++) {
            assertEquals(-Errno.EBADF, quiet.close(-1));
        }
        noisy.join();
    }

    private void calls(String names) {
        called.addAll(Set.of(names.split(" ", -1)));
    }
}
