package io.penstock.ffm.netns;

import static io.penstock.ffm.FileFlags.O_CLOEXEC;
import static io.penstock.ffm.FileFlags.O_CREAT;
import static io.penstock.ffm.FileFlags.O_EXCL;
import static io.penstock.ffm.FileFlags.O_RDONLY;
import static io.penstock.ffm.ProcessFlags.CLONE_NEWNET;
import static io.penstock.ffm.ProcessFlags.MNT_DETACH;
import static io.penstock.ffm.ProcessFlags.MS_BIND;
import static io.penstock.ffm.ProcessFlags.MS_REC;
import static io.penstock.ffm.ProcessFlags.MS_SHARED;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.FileFlags;
import io.penstock.ffm.LibC;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network namespace, held open by a descriptor. Named ones live under /run/netns as those of {@code ip netns} do, and each sees
 * the other's. Any thread; {@link #close} is the owner's.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final Path DIRECTORY = Path.of("/run/netns");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}");
    private static final int LOOPBACK = 1; // the first link of every namespace
    private static final String OWN = "/proc/thread-self/ns/net"; // of the thread: /proc/self is the main thread's

    private final int fd;
    private boolean isClosed;

    private NetworkNamespace(int fd) {
        this.fd = fd;
    }

    /**
     * Makes a namespace that lasts until {@link #delete}; its loopback is down.
     *
     * @throws ErrnoException EEXIST if the name is taken, EPERM without CAP_SYS_ADMIN
     */
    public static NetworkNamespace create(String name) throws ErrnoException {
        Path path = path(name);
        LibC libc = new LibC();
        prepareDirectory(libc);
        String what = "create namespace " + name;
        int file = libc.open(path.toString(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
        libc.close(ErrnoException.check(file, what));
        try {
            inNewThread(() -> {
                LibC own = new LibC();
                ErrnoException.check(own.unshare(CLONE_NEWNET), what);
                return ErrnoException.check(own.mount(OWN, path.toString(), "none", MS_BIND), what);
            });
            return open(name);
        } catch (ErrnoException e) {
            libc.umount2(path.toString(), MNT_DETACH);
            libc.unlink(path.toString());
            throw e;
        }
    }

    /**
     * Takes the name away; the namespace and its links vanish with the last process and descriptor in it.
     *
     * @throws ErrnoException ENOENT if there is none of this name
     */
    public static void delete(String name) throws ErrnoException {
        LibC libc = new LibC();
        String path = path(name).toString();
        libc.umount2(path, MNT_DETACH); // EINVAL where a creation was cut short: the file goes all the same
        ErrnoException.check(libc.unlink(path), "delete namespace " + name);
    }

    /** Names of all named namespaces, sorted. */
    public static List<String> list() throws IOException {
        if (!Files.isDirectory(DIRECTORY)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Opens a named namespace.
     *
     * @throws ErrnoException ENOENT if there is none of this name
     */
    public static NetworkNamespace open(String name) throws ErrnoException {
        return open(path(name), "open namespace " + name);
    }

    /** Opens the namespace of a process. */
    public static NetworkNamespace ofProcess(long pid) throws ErrnoException {
        return open(Path.of("/proc/" + pid + "/ns/net"), "open namespace of process " + pid);
    }

    /** Opens the namespace of the calling thread, which must be a platform thread. */
    public static NetworkNamespace current() throws ErrnoException {
        return open(Path.of(OWN), "open own namespace");
    }

    /** Takes over a descriptor, such as that of a TUN's namespace. */
    public static NetworkNamespace adopt(int fd) {
        return new NetworkNamespace(fd);
    }

    public int fd() {
        return fd;
    }

    /** Moves the calling thread here for good; it must be a platform thread that ends afterwards or returns by itself. */
    public void enter() throws ErrnoException {
        ErrnoException.check(new LibC().setns(fd, CLONE_NEWNET), "enter namespace");
    }

    /**
     * Runs a task on a thread of its own within this namespace and waits for it. Sockets that the task opens stay here.
     *
     * @throws Exception what the task threw, or ErrnoException if the namespace cannot be entered
     */
    public <T> T call(Callable<T> task) throws Exception {
        return inNewThreadAny(() -> {
            enter();
            return task.call();
        });
    }

    /** Opens a netlink socket of this namespace; the caller closes it. */
    public Netlink netlink() throws ErrnoException {
        return inNewThread(() -> {
            enter();
            return Netlink.open();
        });
    }

    public void bringLoopbackUp() throws ErrnoException {
        try (Netlink netlink = netlink()) {
            new Links(netlink).setUp(LOOPBACK);
        }
    }

    /**
     * Writes a value under /proc/sys/net of this namespace.
     *
     * @param key with dots, such as {@code "net.ipv4.ip_forward"}; an interface name that holds a dot is written with a slash for it
     * @throws IOException if there is no such key, or the kernel refuses the value
     */
    public void setSysctl(String key, String value) throws IOException {
        if (!key.startsWith("net.") || key.contains("..")) {
            throw new IllegalArgumentException("not a key of a network namespace: " + key);
        }
        StringBuilder path = new StringBuilder("/proc/sys/");
        key.chars().forEach(c -> path.append(c == '.' ? '/' : c == '/' ? '.' : (char) c));
        try {
            call(() -> Files.writeString(Path.of(path.toString()), value));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Closes the descriptor; the namespace itself stays as long as it has a name, a link elsewhere or a process. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            new LibC().close(fd);
        }
    }

    private static NetworkNamespace open(Path path, String what) throws ErrnoException {
        return new NetworkNamespace(
                ErrnoException.check(new LibC().open(path.toString(), O_RDONLY | O_CLOEXEC, 0), what));
    }

    private static Path path(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("namespace name: " + name);
        }
        return DIRECTORY.resolve(name);
    }

    /**
     * Makes /run/netns a shared mount, so that names made or deleted in one mount namespace do so in all. The lock keeps two makers
     * from mounting it upon itself twice.
     */
    private static void prepareDirectory(LibC libc) throws ErrnoException {
        String directory = DIRECTORY.toString();
        int made = libc.mkdir(directory, 0755);
        if (made < 0 && made != -Errno.EEXIST) {
            throw new ErrnoException("create " + directory, -made);
        }
        int lock = ErrnoException.check(libc.open(directory, O_RDONLY | O_CLOEXEC, 0), "open " + directory);
        try {
            libc.flock(lock, FileFlags.LOCK_EX);
            int shared = libc.mount("", directory, "none", MS_SHARED | MS_REC);
            if (shared == -Errno.EINVAL) { // not a mount point yet
                ErrnoException.check(libc.mount(directory, directory, "none", MS_BIND | MS_REC), "mount " + directory);
                shared = libc.mount("", directory, "none", MS_SHARED | MS_REC);
            }
            ErrnoException.check(shared, "share mount " + directory);
        } finally {
            libc.close(lock);
        }
    }

    private static <T> T inNewThread(Callable<T> task) throws ErrnoException {
        try {
            return inNewThreadAny(task);
        } catch (ErrnoException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs on a platform thread that ends afterwards: a thread that has changed its namespace is not handed back. */
    private static <T> T inNewThreadAny(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = Thread.ofPlatform().name("netns").daemon().start(future);
        try {
            T result = future.get();
            thread.join();
            return result;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }
}
